// The next level of a sweep that learns from its runs: decided by the store's rows, and written
// there. Pure but for the store.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"

#include <memory>
#include <optional>
#include <set>

namespace tarama::orchestrator {

/// Whether levels follow from what those before have shown.
[[nodiscard]] bool is_learning(const SweepSpec& spec);

/// Chooses a sweep's levels, one after the other. It keeps what the rows said and reads what has
/// changed alone, so that a level costs about the same behind 10 as behind 10,000; what it answers
/// is what one that has just been made would.
class LevelChooser {
 public:
  explicit LevelChooser(SweepId sweep);
  ~LevelChooser();
  LevelChooser(const LevelChooser&) = delete;
  LevelChooser& operator=(const LevelChooser&) = delete;

  /// The level that the rows ask for next, with its replicates, once it has been written, as
  /// extend_sweep gives it; nullopt: nothing more, because the sweep has as many levels as max_runs
  /// allows, or all that there are. `changed`: levels with a run that has ended since the last
  /// call, or has been taken up again. Levels that others have added want another LevelChooser.
  [[nodiscard]] Result<std::optional<db::StoredSweep>> write_next(db::RunStore& store,
                                                                  const std::set<LevelId>& changed,
                                                                  TimePoint now);

 private:
  struct Known;

  [[nodiscard]] Result<void> read(db::RunStore& store, const std::set<LevelId>& changed);
  [[nodiscard]] Result<std::optional<db::NewSweep>> next(TimePoint now) const;

  SweepId sweep_;
  std::unique_ptr<Known> known_;  // nothing: to be read
};

}  // namespace tarama::orchestrator
