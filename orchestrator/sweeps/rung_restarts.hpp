// Levels that are tried again with more of a resource, in a sweep whose rungs have runs of their
// own. Pure but for the store.
#pragma once

#include "core/search/restarts.hpp"
#include "orchestrator/sweeps/search_plan.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// Decides by the first seed of each level. What it keeps is what no row changes: texts that cost
/// more to make than to look up.
class RungRestarts final : public SweepGrowth {
 public:
  explicit RungRestarts(SweepId sweep) : sweep_(sweep) {}

  /// Whatever `changed` says: it reads all rows, which it is asked for a few times a rung.
  [[nodiscard]] Result<GrowthStep> write_next(db::RunStore& store,
                                              const std::set<LevelId>& changed,
                                              TimePoint now) override;

 private:
  [[nodiscard]] Result<std::vector<RungLevel>> levels_of(const db::StoredSweep& stored,
                                                         const db::SearchEvidence& evidence,
                                                         const Rungs& rungs);

  SweepId sweep_;
  std::map<LevelId, std::string> rests_;
};

/// The level with another value of the parameter of this name, a whole number. `corrupt` where it
/// has none.
[[nodiscard]] Result<LevelRecord> with_resource(LevelRecord level,
                                                const std::string& name,
                                                std::int64_t resource);

/// How much of it the level has.
[[nodiscard]] Result<std::int64_t> resource_of(const LevelRecord& level, const std::string& name);

/// The levels that had less of it than a whole run has: of those that were tried again others came
/// of it, and those that were not are not worth a further seed. None where no runs restart.
[[nodiscard]] std::set<LevelId> left_at_rungs(const db::StoredSweep& stored, const SweepSpec& spec);

}  // namespace tarama::orchestrator
