// Which run of a sweep each of its runs begins as.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/training/trajectory.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tarama::orchestrator {

class CommonBeginnings {
 public:
  /// None.
  CommonBeginnings() = default;
  CommonBeginnings(std::vector<LevelTrajectory> levels,
                   const std::unordered_map<RunId, RunPlan>& runs);

  /// The run of its seed of the level that it begins as; where that level has no such run, of the
  /// one that that level begins as. 0: none.
  [[nodiscard]] RunId of(const RunPlan& run) const;

 private:
  std::map<LevelId, LevelId> levels_;                       // a level, and which one it begins as
  std::map<std::pair<LevelId, std::int64_t>, RunId> runs_;  // of those, by level and seed
};

}  // namespace tarama::orchestrator
