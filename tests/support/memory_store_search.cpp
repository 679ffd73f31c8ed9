// What the store in memory knows of replicates that decide themselves.
#include "core/statistics/metric_value.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/write_checks.hpp"
#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::test {

Result<RefinementStage> MemoryStore::begin_refinement(SweepId sweep,
                                                      const Refinement& asked,
                                                      TimePoint now) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep);
  }
  std::vector<RefinementStage>& stages = refinements_[sweep];
  const SweepState state = known->second.record.state;
  if (!stages.empty() && !stages.back().ended_at && state != SweepState::running &&
      state != SweepState::paused) {
    stages.back().ended_at = now;
    stages.back().outcome = "called off";
  }
  if (!stages.empty() && !stages.back().ended_at) {
    return stages.back().asked == asked ? Result<RefinementStage>(stages.back())
                                        : db::refined_already(sweep);
  }
  known->second.record.state = SweepState::running;
  const auto runs = std::ranges::count_if(
      runs_, [&](const auto& numbered) { return numbered.second.sweep == sweep; });
  stages.push_back({.stage = static_cast<std::int64_t>(stages.size()) + 1,
                    .asked = asked,
                    .runs_before = runs,
                    .asked_at = now});
  return stages.back();
}

Result<void> MemoryStore::tell_refinement(SweepId sweep, const db::RefinementNews& news) {
  for (const Look& look : news.looks) {
    std::vector<Look>& known = looks_[sweep];
    if (std::ranges::find(known, look.level, &Look::level) == known.end()) {
      known.push_back(look);
    }
  }
  for (RefinementStage& stage : refinements_[sweep]) {
    if (news.ended_at && stage.stage == news.stage && !stage.ended_at) {
      stage.ended_at = news.ended_at;
      stage.outcome = news.outcome;
      stage.reached = news.reached;
    }
  }
  return {};
}

std::optional<double> MemoryStore::metric_of(RunId run, const Metric& metric) const {
  const std::vector<EvalRow> rows = evals(run);
  const EvalRow* const chosen = chosen_eval(rows, metric);
  return chosen != nullptr ? std::optional(value_of(*chosen, metric.name)) : std::nullopt;
}

Result<db::SearchEvidence> MemoryStore::evidence(SweepId sweep, std::optional<LevelId> only) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep);
  }
  const Result<SweepSpec> spec = sweep_spec_from_json(known->second.spec);
  if (!spec) {
    return spec.error();
  }
  db::SearchEvidence evidence;
  for (const LevelRecord& level : known->second.levels) {
    if (only && level.level != *only) {
      continue;
    }
    LevelOutcome outcome;
    outcome.level = level.level;
    std::vector<std::int64_t> seeds;
    for (const auto& [id, run] : runs_) {
      if (run.sweep != sweep || run.plan.level != level.level) {
        continue;
      }
      const RunStanding& standing = run.record.standing;
      seeds.push_back(run.plan.seed);
      ++outcome.planned;
      const auto metric = metric_of(id, spec->metric);
      if (standing.state == RunState::succeeded && metric) {
        outcome.values.push_back(*metric);
        outcome.seeds.push_back(run.plan.seed);
        evidence.majority = evals(id).front().majority_accuracy;
      } else if (standing.state == RunState::failed) {
        ++outcome.failed;
        if (standing.failure == FailureClass::diverged) {
          ++outcome.diverged;
          outcome.diverged_seeds.push_back(run.plan.seed);
        }
      }
    }
    evidence.levels.push_back(std::move(outcome));
    evidence.seeds.push_back(std::move(seeds));
  }
  return evidence;
}

std::vector<RefinementStage> MemoryStore::refinements(SweepId sweep) const {
  const auto known = refinements_.find(sweep);
  return known == refinements_.end() ? std::vector<RefinementStage>{} : known->second;
}

std::vector<Look> MemoryStore::looks(SweepId sweep) const {
  const auto known = looks_.find(sweep);
  return known == looks_.end() ? std::vector<Look>{} : known->second;
}

}  // namespace tarama::test
