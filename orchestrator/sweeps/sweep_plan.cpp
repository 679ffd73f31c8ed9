// Rows of a new sweep, and of an extension.
#include "orchestrator/sweeps/sweep_plan.hpp"

#include "core/search/search_policy.hpp"
#include "core/sweep/argument_template.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/numerics_version.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/refinement_words.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_identity.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/run_plan.hpp"
#include "orchestrator/sweeps/search_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tarama::orchestrator {
namespace {

Error unfit(const PreparedSummary& prepared, std::size_t levels) {
  return {Errc::invalid_argument,
          fmt::format("the submission describes the inputs of {} levels, but its sweep has {}; "
                      "submit with the same version of tarama that serves",
                      prepared.variant_of_level.size(),
                      levels)};
}

bool fits(const PreparedSummary& prepared, std::size_t levels, const SweepSpec& spec) {
  const auto is_checked = [&](const LevelInputs& inputs) {
    return spec.program ? !inputs.data_fingerprint.empty() : inputs.train_examples > 0;
  };
  const auto count = static_cast<std::int64_t>(prepared.variants.size());
  return prepared.variant_of_level.size() == levels &&
         std::ranges::all_of(prepared.variant_of_level,
                             [&](std::int64_t index) { return index >= 0 && index < count; }) &&
         std::ranges::all_of(prepared.variants, is_checked);
}

void set_learner(LevelRecord& level, std::string learner) {
  level.numerics = numerics_version_of(learner);
  level.learner = std::move(learner);
}

Result<LevelRecord> record_of(const Level& level,
                              const LevelInputs& inputs,
                              const std::string& trainer,
                              const LearnerSupply& supply) {
  LevelRecord record{.level = level.id,
                     .params = params_json(level.params),
                     .training = level.training,
                     .model = level.model,
                     .learner = {},
                     .numerics = 0,
                     .inputs = inputs};
  if (trainer != trainer_of_learners) {
    set_learner(record, trainer);
    return record;
  }
  const Result<LearnerName> learner = learner_for(level.training, supply);
  if (!learner) {
    return learner.error();
  }
  set_learner(record, std::string(name_of(*learner)));
  record.training.learner.reset();  // the record's own field has it
  return record;
}

/// Without what only says how its end is read.
std::optional<ProgramSpec> program_itself(const SweepSpec& spec) {
  std::optional<ProgramSpec> program = spec.program;
  if (program) {
    const ProgramSpec defaults;
    program->silence = defaults.silence;
    program->grace = defaults.grace;
    program->on_log.clear();
  }
  return program;
}

/// What must be the same for all runs of a sweep, or their numbers do not compare.
std::optional<std::string> disagreement(const SweepSpec& extension, const SweepSpec& known) {
  if (extension.metric != known.metric) {
    return "metric";
  }
  if (extension.data != known.data) {
    return "data";
  }
  if (extension.seed != known.seed) {
    return "seed";
  }
  if (extension.keep != known.keep) {
    return "keep";
  }
  if (program_itself(extension) != program_itself(known)) {
    return "trainer";
  }
  if (extension.rungs != known.rungs) {
    return "rungs";
  }
  const bool is_search = is_learning(extension);
  if (is_search && (!is_learning(known) || extension.replicates != known.replicates)) {
    return is_learning(known) ? "replicates" : "method";
  }
  if (is_search && extension.parameters != known.parameters) {
    return "parameters";
  }
  return std::nullopt;
}

bool is_same_point(const LevelRecord& a, const LevelRecord& b) {
  const bool is_program = a.learner == program_learner;
  return a.training == b.training && a.model == b.model && a.learner == b.learner &&
         a.numerics == b.numerics &&
         (!is_program || canonical_params(a.params) == canonical_params(b.params));
}

/// Where each level of an extension belongs in the sweep that it extends.
struct LevelPlaces {
  std::vector<LevelRecord> levels;    // as they are to be given to the store
  std::map<LevelId, LevelId> number;  // from the extension's numbers to the sweep's
};

Result<LevelPlaces> places_in(const db::StoredSweep& stored,
                              const std::vector<LevelRecord>& levels) {
  LevelPlaces places;
  std::int64_t last = 0;
  for (const LevelRecord& level : stored.levels) {
    last = std::max(last, level.level.value);
  }
  for (const LevelRecord& level : levels) {
    const auto known = std::ranges::find_if(
        stored.levels, [&](const LevelRecord& other) { return is_same_point(level, other); });
    if (known != stored.levels.end() && known->inputs != level.inputs) {
      return Error{Errc::refused,
                   fmt::format("level {} is in sweep {} already, but the files that it is trained "
                               "on have changed since; submit the file as a sweep of its own",
                               level.params,
                               stored.record.sweep)};
    }
    LevelRecord placed = known != stored.levels.end() ? *known : level;
    placed.level = known != stored.levels.end() ? known->level : LevelId{++last};
    places.number[level.level] = placed.level;
    places.levels.push_back(std::move(placed));
  }
  return places;
}

const LevelRecord& level_of(const RunPlan& run, const db::NewSweep& planned) {
  return planned.levels.at(static_cast<std::size_t>(run.level.value - 1));
}

/// Trains the levels by what those of the sweep are trained by.
void keep_learners(db::NewSweep& planned, const db::StoredSweep& stored) {
  for (LevelRecord& level : planned.levels) {
    if (const auto kept = kept_learner(stored.levels, level.training)) {
      set_learner(level, std::string(name_of(*kept)));
    }
  }
  for (RunPlan& run : planned.runs) {
    const LevelRecord& level = level_of(run, planned);
    run.run_key = run_key_by(level.learner, level, run.seed);
  }
}

/// The seeds that each level has, and by that the number of its next replicate.
std::map<LevelId, std::set<std::int64_t>> seeds_of(const db::StoredSweep& stored) {
  std::map<LevelId, std::set<std::int64_t>> seeds;
  for (const db::StoredRun& run : stored.runs) {
    seeds[run.plan.level].insert(run.plan.seed);
  }
  return seeds;
}

const LevelInputs& inputs_of_level(const PreparedSummary& prepared, LevelId level) {
  const std::int64_t variant =
      prepared.variant_of_level.at(static_cast<std::size_t>(level.value - 1));
  return prepared.variants.at(static_cast<std::size_t>(variant));
}

Result<LearnerSupply> supply_of(const Submission& submission,
                                const std::vector<Level>& levels,
                                const TrainedBy& by) {
  if (by.machine == nullptr) {
    return by.supply;
  }
  const SweepSpec& spec = submission.spec;
  LearnerNeeds needs;
  if (by.trainer == trainer_of_learners) {
    needs = learner_needs(levels, submission.prepared, spec.data.max_tokens);
  }
  return supply_for(spec.resources, *by.machine, std::move(needs), by.supply.learners);
}

}  // namespace

LearnerNeeds learner_needs(const std::vector<Level>& levels,
                           const PreparedSummary& prepared,
                           std::int64_t max_tokens) {
  const LevelInputs unknown;
  const bool is_known = fits(prepared, levels.size(), SweepSpec{});
  LearnerNeeds needs;
  for (const Level& level : levels) {
    add_needs(level.training.learner ? needs.named : needs.unnamed,
              level.training.learner.value_or(LearnerName::packed),
              level.training,
              level.model,
              is_known ? inputs_of_level(prepared, level.id) : unknown,
              max_tokens);
  }
  return needs;
}

Result<db::NewSweep> plan_sweep(const Submission& submission, const TrainedBy& by, TimePoint now) {
  const Result<std::unique_ptr<SearchPolicy>> policy = make_search_policy(submission.spec);
  if (!policy) {
    return policy.error();
  }
  SearchAnswer first = (*policy)->begin();
  if (!fits(submission.prepared, first.levels.size(), submission.spec)) {
    return unfit(submission.prepared, first.levels.size());
  }
  // Any worker runs programs.
  const std::string trainer = submission.spec.program ? program_learner : by.trainer;
  const Result<LearnerSupply> supply = submission.spec.program
                                           ? Result<LearnerSupply>(LearnerSupply{})
                                           : supply_of(submission, first.levels, by);
  if (!supply) {
    return supply.error();
  }
  db::NewSweep sweep{.name = submission.spec.name,
                     .yaml = submission.yaml,
                     .spec = to_json(submission.spec),
                     .identity = {},
                     .metric = submission.spec.metric,
                     .host = submission.host,
                     .driver = submission.driver,
                     .version = TARAMA_VERSION,
                     .trainer = trainer,
                     .rules = limits_of(submission.spec),
                     .at = now,
                     .levels = {},
                     .runs = {},
                     .refinement = submission.refinement};
  sweep.levels.reserve(first.levels.size());
  for (const Level& level : first.levels) {
    Result<LevelRecord> record =
        record_of(level, inputs_of_level(submission.prepared, level.id), trainer, *supply);
    if (!record) {
      return record.error();
    }
    sweep.levels.push_back(std::move(*record));
  }
  first.levels = {};  // of a sweep of a million runs these are hundreds of megabytes
  std::vector<std::string> keys;
  keys.reserve(first.runs.size());
  sweep.runs.reserve(first.runs.size());
  for (const PlannedRun& run : first.runs) {
    const LevelRecord& level = sweep.levels.at(static_cast<std::size_t>(run.level.value - 1));
    sweep.runs.push_back(run_plan_of(level, run.replicate, run.seed));
    keys.push_back(sweep.runs.back().run_key);
  }
  sweep.identity = identity_of(sweep.name, std::move(keys));
  return sweep;
}

std::vector<std::string> earlier_identities(const db::NewSweep& planned, const SweepSpec& spec) {
  std::vector<std::string> identities;
  if (planned.trainer != trainer_of_learners || names_learner(spec)) {
    return identities;
  }
  for (const LearnerName learner : {LearnerName::packed, LearnerName::torch}) {
    std::vector<std::string> keys;
    keys.reserve(planned.runs.size());
    for (const RunPlan& run : planned.runs) {
      const LevelRecord& level = level_of(run, planned);
      const bool can_train = !why_unfit(learner, level.training, LearnerSupply{});
      keys.push_back(run_key_by(
          std::string(name_of(can_train ? learner : LearnerName::torch)), level, run.seed));
    }
    std::string identity = identity_of(planned.name, std::move(keys));
    if (identity != planned.identity) {
      identities.push_back(std::move(identity));
    }
  }
  return identities;
}

Result<db::NewSweep> plan_extension(db::NewSweep planned,
                                    const SweepSpec& extension,
                                    const db::StoredSweep& stored) {
  const Result<SweepSpec> known = sweep_spec_from_json(stored.spec);
  if (!known) {
    return known.error();
  }
  if (planned.refinement) {
    return Error{Errc::refused,
                 fmt::format("'replicates' of the file decide themselves, and that is asked of a "
                             "whole sweep; extend it by a number of seeds (--set replicates={}), "
                             "then: tarama refine {} {}",
                             planned.refinement->first,
                             stored.record.sweep,
                             refine_options(*planned.refinement))};
  }
  if (const auto what = disagreement(extension, *known)) {
    return Error{Errc::refused,
                 fmt::format("'{}' differs from that of sweep {} '{}', and must hold for all its "
                             "runs; take it over from there (`tarama show {} --yaml`), or submit "
                             "the file as a sweep of its own",
                             *what,
                             stored.record.sweep,
                             stored.name,
                             stored.runs.empty() ? RunId{} : stored.runs.front().run)};
  }
  if (planned.trainer == trainer_of_learners && !names_learner(extension)) {
    keep_learners(planned, stored);
  }
  Result<LevelPlaces> places = places_in(stored, planned.levels);
  if (!places) {
    return places.error();
  }
  std::map<LevelId, std::set<std::int64_t>> seeds = seeds_of(stored);
  std::vector<RunPlan> added;
  for (RunPlan run : planned.runs) {
    run.level = places->number.at(run.level);
    std::set<std::int64_t>& known_seeds = seeds[run.level];
    const auto replicate = static_cast<std::int64_t>(known_seeds.size());
    if (known_seeds.insert(run.seed).second) {
      run.replicate = replicate;
      added.push_back(std::move(run));
    }
  }
  planned.levels = std::move(places->levels);
  planned.runs = std::move(added);
  return planned;
}

SweepRules limits_of(const SweepSpec& spec) {
  return {.max_concurrent = spec.max_concurrent,
          .max_restarts = spec.max_restarts,
          .priority = spec.priority.value_or(0),
          .time_limit = spec.time_limit,
          .devices = {},
          .no_place = {}};
}

SweepSpec with_newest_limits(SweepSpec spec, const SweepSpec& newest) {
  spec.resources = newest.resources;
  spec.max_concurrent = newest.max_concurrent;
  spec.max_restarts = newest.max_restarts;
  spec.time_limit = newest.time_limit;
  spec.keep = newest.keep;
  spec.share = newest.share;
  spec.order = newest.order;
  spec.stop_when = newest.stop_when;
  spec.priority = newest.priority ? newest.priority : spec.priority;
  if (spec.program && newest.program) {
    spec.program->silence = newest.program->silence;
    spec.program->grace = newest.program->grace;
    spec.program->on_log = newest.program->on_log;
  }
  spec.on_end = newest.on_end;
  spec.on_end_limit = newest.on_end_limit;
  spec.description = newest.description;
  if (is_learning(spec) && is_learning(newest)) {
    spec.max_runs = newest.max_runs;
  }
  return spec;
}

}  // namespace tarama::orchestrator
