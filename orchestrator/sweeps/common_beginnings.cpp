// Levels first, and then the runs of those that others begin as.
#include "orchestrator/sweeps/common_beginnings.hpp"

#include <set>

namespace tarama::orchestrator {

CommonBeginnings::CommonBeginnings(std::vector<LevelTrajectory> levels,
                                   const std::unordered_map<RunId, RunPlan>& runs)
    : levels_(beginnings_of(std::move(levels))) {
  if (levels_.empty()) {
    return;
  }
  std::set<LevelId> shorter;
  for (const auto& [level, beginning] : levels_) {
    shorter.insert(beginning);
  }
  for (const auto& [run, plan] : runs) {
    if (shorter.contains(plan.level)) {
      runs_.emplace(std::pair(plan.level, plan.seed), run);
    }
  }
}

RunId CommonBeginnings::of(const RunPlan& run) const {
  for (auto next = levels_.find(run.level); next != levels_.end();
       next = levels_.find(next->second)) {
    if (const auto found = runs_.find({next->second, run.seed}); found != runs_.end()) {
      return found->second;
    }
  }
  return RunId{};
}

}  // namespace tarama::orchestrator
