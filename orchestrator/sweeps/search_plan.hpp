// What a sweep that grows by what its runs have shown gets next: decided by the store's rows, and
// written there; and the next level of one that learns. Pure but for the store.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>

namespace tarama::orchestrator {

/// Whether levels follow from what those before have shown.
[[nodiscard]] bool is_learning(const SweepSpec& spec);

/// Whether runs are added while others train: by that, or since they are tried again at rungs.
[[nodiscard]] bool is_growing(const SweepSpec& spec);

/// What a look at a sweep's rows has come to.
struct GrowthStep {
  std::optional<db::StoredSweep> added{};  // as extend_sweep gives it; nullopt: nothing, for now
  bool is_over = false;                    // nothing will be added any more
  // Of restarts:
  std::int64_t later = 0;  // runs that will be added yet, at most
  double later_work = 0;   // in all, and 1 is that of the runs that there are
};

class SweepGrowth {
 public:
  virtual ~SweepGrowth() = default;

  /// What the rows ask for next, once it has been written. `changed`: levels with a run that has
  /// ended since the last call, or has been taken up again. Levels that others have added want
  /// another SweepGrowth.
  [[nodiscard]] virtual Result<GrowthStep> write_next(db::RunStore& store,
                                                      const std::set<LevelId>& changed,
                                                      TimePoint now) = 0;
};

/// Of a sweep that grows.
[[nodiscard]] std::unique_ptr<SweepGrowth> growth_by(SweepId sweep, const SweepSpec& spec);

/// Chooses a sweep's levels, one after the other, each with its replicates, until it has as many as
/// max_runs allows, or all that there are. It keeps what the rows said and reads what has
/// changed alone, so that a level costs about the same behind 10 as behind 10,000; what it answers
/// is what one that has just been made would.
class LevelChooser final : public SweepGrowth {
 public:
  explicit LevelChooser(SweepId sweep);
  ~LevelChooser() override;
  LevelChooser(const LevelChooser&) = delete;
  LevelChooser& operator=(const LevelChooser&) = delete;

  [[nodiscard]] Result<GrowthStep> write_next(db::RunStore& store,
                                              const std::set<LevelId>& changed,
                                              TimePoint now) override;

 private:
  struct Known;

  [[nodiscard]] Result<void> read(db::RunStore& store, const std::set<LevelId>& changed);
  [[nodiscard]] Result<std::optional<db::NewSweep>> next(TimePoint now) const;

  SweepId sweep_;
  std::unique_ptr<Known> known_;  // nothing: to be read
};

}  // namespace tarama::orchestrator
