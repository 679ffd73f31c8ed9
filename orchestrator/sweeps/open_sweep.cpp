// Rows looked up by run, and the jobs that are made of them.
#include "orchestrator/sweeps/open_sweep.hpp"

#include "core/search/run_rank.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "core/training/trajectory.hpp"
#include "orchestrator/sweeps/search_plan.hpp"
#include "orchestrator/sweeps/worker_memory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace tarama::orchestrator {

Result<OpenSweep> OpenSweep::from_rows(const db::StoredSweep& stored) {
  Result<SweepSpec> spec = sweep_spec_from_json(stored.spec);
  if (!spec) {
    return spec.error();
  }
  OpenSweep sweep;
  sweep.name_ = stored.name;
  sweep.spec_ = std::move(*spec);
  sweep.refinement_ = stored.refinement;
  // Whether anything is left to be chosen, the first look says.
  sweep.is_searching_ = is_growing(sweep.spec_) && (stored.record.state == SweepState::running ||
                                                    stored.record.state == SweepState::paused);
  sweep.spec_.parameters.clear();  // the levels stand in their rows
  if (const Result<void> added = sweep.add(stored); !added) {
    return added.error();
  }
  return sweep;
}

Result<void> OpenSweep::add(const db::StoredSweep& added) {
  const bool is_whole = levels_.empty();
  levels_.reserve(levels_.size() + added.levels.size());
  runs_.reserve(runs_.size() + added.runs.size());
  for (const LevelRecord& level : added.levels) {
    levels_.try_emplace(level.level, OpenLevel{level.params, level.training, shared_of(level)});
    take_needs(level);
  }
  for (const db::StoredRun& run : added.runs) {
    if (!levels_.contains(run.plan.level)) {
      return Error{Errc::corrupt,
                   fmt::format("run {} is of level {}, which the store does not have; restore the "
                               "store from a backup",
                               run.run,
                               run.plan.level)};
    }
    if (runs_.emplace(run.run, run.plan).second) {
      planned_steps_ += run.plan.planned_steps;
    }
  }
  // To compare all levels behind each that a search chooses would take 15 ms a run, of 10,000; that
  // two of its levels differ in their length alone is rare, and what is not shared is trained.
  if (is_whole || !is_learning(spec_)) {
    find_beginnings();
  }
  return {};
}

// Batches by the power of two: a search that draws their size does not train another kind with each
// trial, and the same work is done by some more or fewer steps.
void OpenSweep::take_needs(const LevelRecord& level) {
  const auto batch =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, level.training.batch_size));
  work_.insert(fmt::format("{} {} {}x{} {}",
                           level.learner,
                           name_of(level.training.precision),
                           level.inputs.layers,
                           level.inputs.hidden,
                           std::bit_width(batch)));
  const std::int64_t max_tokens = spec_.data.max_tokens;
  needs_.worker_bytes = std::max(
      needs_.worker_bytes, worker_memory(level.training, level.inputs, max_tokens, level.learner));
  needs_.host = most_of(needs_.host, host_needs(level.inputs, level.learner));
  if (const auto learner = learner_named(level.learner)) {
    add_needs(needs_.gpus, *learner, level.training, level.model, level.inputs, max_tokens);
  }
}

void OpenSweep::find_beginnings() {
  if (spec_.share == Share::none || spec_.program) {
    return;
  }
  std::vector<LevelTrajectory> levels;
  levels.reserve(levels_.size());
  for (const auto& [id, level] : levels_) {
    levels.push_back({id, &level.training, level.shared.get()});
  }
  beginnings_ = CommonBeginnings(std::move(levels), runs_);
}

void OpenSweep::set_order(std::vector<RunRecord>& runs) const {
  for (RunRecord& run : runs) {
    run.begins_as = beginnings_.of(runs_.at(run.run));
    run.rank = rank_of_run(run.run);
  }
}

std::map<RunId, double> OpenSweep::ranks() const {
  std::map<RunId, double> ranks;
  for (const auto& [run, plan] : runs_) {
    ranks[run] = rank_of_run(run);
  }
  return ranks;
}

double OpenSweep::rank_of_run(RunId run) const {
  if (spec_.order == OrderBy::longest_first) {
    return 0;  // without looking up the levels of a million runs
  }
  return rank_of(spec_.order, spec_.seed, level_of(run), runs_.at(run));
}

/// All that the run trains, as others may go on from it.
std::optional<Beginning> OpenSweep::whole(RunId run) const {
  const auto plan = runs_.find(run);
  if (plan == runs_.end() || spec_.share == Share::none || spec_.program) {
    return std::nullopt;
  }
  const LevelRecord level = level_of(run);
  return Beginning{run,
                   plan->second.planned_steps,
                   trajectory_key(level, plan->second.seed, level.training.epochs)};
}

// The newest kinds first: levels that differ in their model come one model after another.
std::shared_ptr<const LevelRecord> OpenSweep::shared_of(const LevelRecord& level) {
  const auto found = std::find_if(kinds_.rbegin(), kinds_.rend(), [&](const auto& kind) {
    return kind->model == level.model && kind->learner == level.learner &&
           kind->numerics == level.numerics && kind->inputs == level.inputs;
  });
  if (found != kinds_.rend()) {
    return *found;
  }
  kinds_.push_back(std::make_shared<LevelRecord>(LevelRecord{.level = {},
                                                             .params = {},
                                                             .training = {},
                                                             .model = level.model,
                                                             .learner = level.learner,
                                                             .numerics = level.numerics,
                                                             .inputs = level.inputs}));
  return kinds_.back();
}

const std::string& OpenSweep::params_of(RunId run) const {
  return levels_.at(runs_.at(run).level).params;
}

std::string OpenSweep::kinds_of_work() const {
  return fmt::format("{}", fmt::join(work_, ", "));
}

double OpenSweep::cost_of_token(RunId run) const {
  const OpenLevel& level = levels_.at(runs_.at(run).level);
  return static_cast<double>(std::max<std::int64_t>(1, level.shared->inputs.parameters));
}

LevelRecord OpenSweep::level_of(RunId run) const {
  const LevelId id = runs_.at(run).level;
  const OpenLevel& level = levels_.at(id);
  LevelRecord record = *level.shared;
  record.level = id;
  record.params = level.params;
  record.training = level.training;
  return record;
}

JobSpec OpenSweep::job(const AssignRun& assignment, db::Committed committed) const {
  const RunId run = assignment.run;
  const RunPlan& plan = runs_.at(run);
  const LevelRecord level = level_of(run);
  return {.run = run,
          .attempt = assignment.attempt,
          .run_key = plan.run_key,
          .learner = level.learner,
          .training = level.training,
          .model = level.model,
          .data = spec_.data,
          .metric = spec_.metric,
          .keep = spec_.keep,
          .sweep_seed = spec_.seed,
          .seed = plan.seed,
          .committed_steps = committed.steps,
          .committed_evals = committed.evals,
          .time_limit = spec_.time_limit,
          .data_fingerprint = level.inputs.data_fingerprint,
          .model_fingerprint = level.inputs.model_fingerprint,
          .begins_with = whole(assignment.begins_with),
          .keeps = assignment.keeps_state ? whole(run) : std::nullopt,
          .program = spec_.program,
          .params = spec_.program ? level.params : std::string()};
}

}  // namespace tarama::orchestrator
