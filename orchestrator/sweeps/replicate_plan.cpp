// See replicate_plan.hpp.
#include "orchestrator/sweeps/replicate_plan.hpp"

#include "core/statistics/metric_scale.hpp"
#include "core/statistics/sweep_answer.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/run_plan.hpp"
#include "orchestrator/sweeps/rung_restarts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarama::orchestrator {

Result<db::NewSweep> plan_replicates(const db::StoredSweep& stored,
                                     const std::vector<std::pair<LevelId, std::int64_t>>& seeds,
                                     TimePoint now) {
  std::map<LevelId, std::int64_t> replicates;
  for (const db::StoredRun& run : stored.runs) {
    ++replicates[run.plan.level];
  }
  db::NewSweep sweep = growth_of(stored.name, now);
  sweep.spec = stored.spec;
  std::set<LevelId> named;
  for (const auto& [id, seed] : seeds) {
    const auto level = std::ranges::find(stored.levels, id, &LevelRecord::level);
    if (level == stored.levels.end()) {
      return Error{Errc::not_found,
                   fmt::format("sweep {} has no level {}", stored.record.sweep, id)};
    }
    sweep.runs.push_back(run_plan_of(*level, replicates[id]++, seed));
    if (named.insert(id).second) {
      sweep.levels.push_back(*level);
    }
  }
  return sweep;
}

Result<RefineRound> round_by_rows(const db::StoredSweep& stored,
                                  const RefinementStage& stage,
                                  const db::SearchEvidence& evidence) {
  const Result<SweepSpec> spec = sweep_spec_from_json(stored.spec);
  if (!spec) {
    return spec.error();
  }
  const LevelInputs inputs = stored.levels.empty() ? LevelInputs{} : stored.levels.front().inputs;
  const statistics::AnswerRules rules{.comparison = {.goal = spec->metric.goal},
                                      .constant_guess = statistics::constant_guess(
                                          spec->metric.name, evidence.majority, inputs.classes)};
  const std::set<LevelId> behind = left_at_rungs(stored, *spec);
  std::vector<RefinedLevel> levels;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < evidence.levels.size(); ++i) {
    if (behind.contains(evidence.levels[i].level)) {
      continue;
    }
    places.push_back(i);
    levels.push_back({.sample = statistics::sample_of(evidence.levels[i], rules),
                      .planned = {evidence.seeds[i].begin(), evidence.seeds[i].end()}});
  }
  RefineRound round = next_round(
      stage,
      levels,
      {.goal = spec->metric.goal,
       .resolution = statistics::metric_resolution(spec->metric.name, inputs.eval_examples),
       .first_seed = spec->seed});
  for (SeedOfLevel& more : round.more) {
    more.place = places.at(more.place);
  }
  return round;
}

Result<WrittenRound> write_round(db::RunStore& store,
                                 SweepId sweep,
                                 const RefinementStage& stage,
                                 TimePoint now) {
  const Result<db::StoredSweep> stored = store.load_sweep(sweep);
  const Result<db::SearchEvidence> evidence =
      stored ? store.evidence(sweep, std::nullopt) : Result<db::SearchEvidence>(stored.error());
  if (!evidence) {
    return evidence.error();
  }
  Result<RefineRound> round = round_by_rows(*stored, stage, *evidence);
  if (!round) {
    return round.error();
  }
  db::RefinementNews news{.stage = stage.stage, .looks = round->looks};
  if (round->is_done) {
    news.ended_at = now;
    news.outcome = round->outcome;
    news.reached = round->reached;
  }
  if (const Result<void> told = store.tell_refinement(sweep, news); !told) {
    return told.error();
  }
  if (round->more.empty()) {
    return WrittenRound{std::move(*round), {}};
  }
  std::vector<std::pair<LevelId, std::int64_t>> seeds;
  for (const SeedOfLevel& more : round->more) {
    seeds.emplace_back(evidence->levels[more.place].level, more.seed);
  }
  const Result<db::NewSweep> planned = plan_replicates(*stored, seeds, now);
  Result<db::StoredSweep> added =
      planned ? store.extend_sweep(sweep, *planned) : Result<db::StoredSweep>(planned.error());
  if (!added) {
    return added.error();
  }
  return WrittenRound{std::move(*round), std::move(*added)};
}

}  // namespace tarama::orchestrator
