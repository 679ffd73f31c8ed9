// See rung_restarts.hpp.
#include "orchestrator/sweeps/rung_restarts.hpp"

#include "core/sweep/argument_template.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/params_from_json.hpp"
#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/run_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace tarama::orchestrator {
namespace {

/// The first seed of a level: the one that is compared.
struct FirstSeed {
  std::int64_t seed = 0;
  bool is_over = false;
};

std::map<LevelId, FirstSeed> first_seeds_of(const db::StoredSweep& stored) {
  std::map<RunId, RunState> states;
  for (const RunRecord& run : stored.record.runs) {
    states[run.run] = run.standing.state;
  }
  std::map<LevelId, FirstSeed> seeds;
  for (const db::StoredRun& run : stored.runs) {
    if (run.plan.replicate == 0) {
      seeds[run.plan.level] = {run.plan.seed, is_terminal(states[run.run])};
    }
  }
  return seeds;
}

std::map<LevelId, double> values_of(const db::SearchEvidence& evidence,
                                    const std::map<LevelId, FirstSeed>& seeds) {
  std::map<LevelId, double> values;
  for (const LevelOutcome& outcome : evidence.levels) {
    const auto of = seeds.find(outcome.level);
    for (std::size_t i = 0; i < outcome.values.size(); ++i) {
      if (of != seeds.end() && outcome.seeds[i] == of->second.seed) {
        values[outcome.level] = outcome.values[i];
      }
    }
  }
  return values;
}

Result<db::NewSweep> rows_of(const std::vector<Restart>& restarts,
                             const db::StoredSweep& stored,
                             const std::string& name,
                             TimePoint now) {
  const std::map<LevelId, FirstSeed> seeds = first_seeds_of(stored);
  db::NewSweep rows = growth_of(stored.name, now);
  LevelId last;
  for (const LevelRecord& level : stored.levels) {
    last = std::max(last, level.level);
  }
  for (const Restart& restart : restarts) {
    const auto tried = std::ranges::find(stored.levels, restart.of, &LevelRecord::level);
    Result<LevelRecord> level = with_resource(*tried, name, restart.resource);
    if (!level) {
      return level.error();
    }
    level->level = LevelId{++last.value};
    rows.runs.push_back(run_plan_of(*level, 0, seeds.at(restart.of).seed));
    rows.levels.push_back(std::move(*level));
  }
  return rows;
}

}  // namespace

Result<LevelRecord> with_resource(LevelRecord level,
                                  const std::string& name,
                                  std::int64_t resource) {
  Result<LevelParams> params = params_from_json(level.params);
  if (!params) {
    return params.error();
  }
  const auto found = std::ranges::find(*params, name, &LevelParams::value_type::first);
  if (found == params->end()) {
    return Error{Errc::corrupt,
                 fmt::format("level {} has no parameter '{}' that could grow", level.level, name)};
  }
  found->second = resource;
  level.params = params_json(*params);
  if (level.learner != program_learner) {
    level.training.epochs = resource;
  }
  return level;
}

Result<std::int64_t> resource_of(const LevelRecord& level, const std::string& name) {
  const Result<LevelParams> params = params_from_json(level.params);
  if (!params) {
    return params.error();
  }
  const auto found = std::ranges::find(*params, name, &LevelParams::value_type::first);
  const auto* const whole =
      found == params->end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return whole == nullptr ? Result<std::int64_t>(0) : Result<std::int64_t>(*whole);
}

std::set<LevelId> left_at_rungs(const db::StoredSweep& stored, const SweepSpec& spec) {
  std::set<LevelId> left;
  if (!spec.rungs || spec.rungs->restart.empty()) {
    return left;
  }
  const std::int64_t whole = std::llround(spec.rungs->end.value_or(0));
  for (const LevelRecord& level : stored.levels) {
    const Result<std::int64_t> resource = resource_of(level, spec.rungs->restart);
    if (resource && *resource < whole) {
      left.insert(level.level);
    }
  }
  return left;
}

Result<std::vector<RungLevel>> RungRestarts::levels_of(const db::StoredSweep& stored,
                                                       const db::SearchEvidence& evidence,
                                                       const Rungs& rungs) {
  const std::map<LevelId, FirstSeed> seeds = first_seeds_of(stored);
  const std::map<LevelId, double> values = values_of(evidence, seeds);
  std::vector<RungLevel> levels;
  for (const LevelRecord& level : stored.levels) {
    const Result<std::int64_t> resource = resource_of(level, rungs.restart);
    if (!resource) {
      return resource.error();
    }
    if (!rests_.contains(level.level)) {
      // All but the resource that a run's numbers depend on: as if all levels had the same of it.
      const Result<LevelRecord> alike = with_resource(level, rungs.restart, 1);
      if (!alike) {
        return alike.error();
      }
      rests_[level.level] = run_key_by(alike->learner, *alike, 0);
    }
    RungLevel known{.level = level.level, .rest = rests_[level.level], .resource = *resource};
    if (const auto seed = seeds.find(level.level); seed != seeds.end()) {
      known.is_over = seed->second.is_over;
    }
    if (const auto value = values.find(level.level); value != values.end()) {
      known.value = value->second;
    }
    levels.push_back(std::move(known));
  }
  return levels;
}

Result<GrowthStep> RungRestarts::write_next(db::RunStore& store,
                                            const std::set<LevelId>& /*changed*/,
                                            TimePoint now) {
  const Result<db::StoredSweep> stored = store.load_sweep(sweep_);
  const Result<SweepSpec> spec =
      stored ? sweep_spec_from_json(stored->spec) : Result<SweepSpec>(stored.error());
  const Result<db::SearchEvidence> evidence =
      spec ? store.evidence(sweep_, std::nullopt) : Result<db::SearchEvidence>(spec.error());
  if (!evidence) {
    return evidence.error();
  }
  const Rungs rungs = spec->rungs.value_or(Rungs{});
  const Result<std::vector<RungLevel>> levels = levels_of(*stored, *evidence, rungs);
  if (!levels) {
    return levels.error();
  }
  const Restarts restarts = next_restarts(rungs, spec->metric.goal, *levels);
  GrowthStep step{.is_over = restarts.is_done, .later = restarts.later};
  double work = 0;
  for (const RungLevel& level : *levels) {
    work += static_cast<double>(level.resource);
  }
  for (const Restart& restart : restarts.now) {
    work += static_cast<double>(restart.resource);
  }
  step.later_work = work > 0 ? restarts.later_resource / work : 0;
  if (restarts.now.empty()) {
    return step;
  }
  const Result<db::NewSweep> rows = rows_of(restarts.now, *stored, rungs.restart, now);
  Result<db::StoredSweep> added =
      rows ? store.extend_sweep(sweep_, *rows) : Result<db::StoredSweep>(rows.error());
  if (!added) {
    return added.error();
  }
  step.added = std::move(*added);
  return step;
}

}  // namespace tarama::orchestrator
