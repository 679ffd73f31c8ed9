// Rows of a new sweep, and jobs of a stored one.
#include "orchestrator/sweeps/sweep_plan.hpp"

#include "core/search/grid.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/run_key.hpp"
#include "core/sweep/sweep_identity.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "core/training/run_length.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tarama::orchestrator {
namespace {

std::int64_t steps_of(const Level& level, const PreparedVariant& variant) {
  return steps_of_run(variant.train_examples, level.training.batch_size, level.training.epochs);
}

std::int64_t evals_of(const Level& level, const PreparedVariant& variant) {
  return evals_of_run(level.training.epochs,
                      variant.test_examples > 0 ? TestSplit::present : TestSplit::absent);
}

db::NewRun new_run(const PlannedRun& planned,
                   const Level& level,
                   const PreparedVariant& variant,
                   const std::string& trainer) {
  return {.level = planned.level,
          .replicate = planned.replicate,
          .seed = planned.seed,
          .run_key = run_key({.training = level.training,
                              .model = level.model,
                              .seed = planned.seed,
                              .data_fingerprint = variant.data_fingerprint,
                              .model_fingerprint = variant.model_fingerprint,
                              .trainer = trainer}),
          .planned_steps = steps_of(level, variant),
          .planned_evals = evals_of(level, variant)};
}

bool fits(const PreparedSummary& prepared, std::size_t levels) {
  const auto count = static_cast<std::int64_t>(prepared.variants.size());
  return prepared.variant_of_level.size() == levels &&
         std::all_of(prepared.variant_of_level.begin(),
                     prepared.variant_of_level.end(),
                     [&](std::int64_t index) { return index >= 0 && index < count; });
}

const PreparedVariant& variant_at(const PreparedSummary& prepared, LevelId level) {
  const auto index = prepared.variant_of_level.at(static_cast<std::size_t>(level.value - 1));
  return prepared.variants.at(static_cast<std::size_t>(index));
}

}  // namespace

Result<db::NewSweep> plan_sweep(const Submission& submission,
                                const std::string& trainer,
                                TimePoint now) {
  const std::vector<Level> levels = expand_levels(submission.spec);
  if (!fits(submission.prepared, levels.size())) {
    return Error{Errc::invalid_argument,
                 fmt::format("the submission describes the inputs of {} levels, but its sweep has "
                             "{}; submit with the same version of tarama that serves",
                             submission.prepared.variant_of_level.size(),
                             levels.size())};
  }
  db::NewSweep sweep{.name = submission.spec.name,
                     .yaml = submission.yaml,
                     .spec = to_json(submission.spec),
                     .prepared = to_json(submission.prepared),
                     .metric = submission.spec.metric,
                     .host = submission.host,
                     .driver = submission.driver,
                     .version = TARAMA_VERSION,
                     .trainer = trainer,
                     .rules = {},
                     .at = now,
                     .levels = {},
                     .runs = {}};
  for (const Level& level : levels) {
    const PreparedVariant& variant = variant_at(submission.prepared, level.id);
    sweep.levels.push_back({.level = level.id,
                            .params = params_json(level.params),
                            .training = level.training,
                            .model = level.model,
                            .layers = variant.layers,
                            .hidden = variant.hidden});
  }
  for (const PlannedRun& run : expand_runs(submission.spec, levels)) {
    const Level& level = levels.at(static_cast<std::size_t>(run.level.value - 1));
    sweep.runs.push_back(new_run(run, level, variant_at(submission.prepared, run.level), trainer));
  }
  return sweep;
}

SweepRules rules_of(const SweepSpec& spec, const std::vector<Place>& places) {
  SweepRules rules{.max_concurrent = spec.max_concurrent,
                   .max_restarts = spec.max_restarts,
                   .time_limit = spec.time_limit,
                   .devices = {}};
  for (const Place& place : places) {
    rules.devices.push_back(place.device);
  }
  return rules;
}

SweepSpec with_newest_limits(SweepSpec spec, const SweepSpec& newest) {
  spec.resources = newest.resources;
  spec.max_concurrent = newest.max_concurrent;
  spec.max_restarts = newest.max_restarts;
  spec.time_limit = newest.time_limit;
  spec.keep = newest.keep;
  spec.on_end = newest.on_end;
  spec.description = newest.description;
  return spec;
}

Result<SweepBook> SweepBook::open(const db::StoredSweep& stored) {
  Result<SweepSpec> spec = sweep_spec_from_json(stored.spec);
  if (!spec) {
    return in_context(fmt::format("sweep {} in the store", stored.record.sweep), spec.error());
  }
  Result<PreparedSummary> prepared = prepared_summary_from_json(stored.prepared);
  if (!prepared) {
    return in_context(fmt::format("sweep {} in the store", stored.record.sweep), prepared.error());
  }
  SweepBook book;
  book.spec_ = std::move(*spec);
  book.prepared_ = std::move(*prepared);
  // The runs refer to levels by number: a spec that expands to others would train each run with
  // the parameters of another.
  std::vector<Level> expanded = expand_levels(book.spec_);
  const bool is_same =
      std::equal(expanded.begin(),
                 expanded.end(),
                 stored.levels.begin(),
                 stored.levels.end(),
                 [](const Level& level, const db::NewLevel& kept) {
                   return level.id == kept.level && params_json(level.params) == kept.params;
                 });
  book.levels_ = std::move(expanded);
  if (!is_same || !fits(book.prepared_, book.levels_.size())) {
    return Error{
        Errc::corrupt,
        fmt::format("sweep {} in the store: its spec, its levels and its inputs do not fit",
                    stored.record.sweep)};
  }
  std::vector<std::string> keys;
  for (const db::StoredSweep::StoredRun& run : stored.runs) {
    keys.push_back(run.run_key);
    book.runs_.emplace(run.run, run);
    book.planned_steps_ += book.steps_of(run.run);
  }
  book.identity_ = identity_of(stored.name, std::move(keys));
  return book;
}

const Level& SweepBook::level_of(const db::StoredSweep::StoredRun& run) const {
  return levels_.at(static_cast<std::size_t>(run.level.value - 1));
}

const PreparedVariant& SweepBook::variant_of(LevelId level) const {
  return variant_at(prepared_, level);
}

std::int64_t SweepBook::steps_of(RunId run) const {
  const db::StoredSweep::StoredRun& stored = runs_.at(run);
  return orchestrator::steps_of(level_of(stored), variant_of(stored.level));
}

std::int64_t SweepBook::seed_of(RunId run) const {
  return runs_.at(run).seed;
}

const LevelParams& SweepBook::params_of(RunId run) const {
  return level_of(runs_.at(run)).params;
}

JobSpec SweepBook::job(RunId run, Attempt attempt, db::Committed committed) const {
  const db::StoredSweep::StoredRun& stored = runs_.at(run);
  const Level& level = level_of(stored);
  const PreparedVariant& variant = variant_of(stored.level);
  return {.run = run,
          .attempt = attempt,
          .run_key = stored.run_key,
          .training = level.training,
          .model = level.model,
          .data = spec_.data,
          .metric = spec_.metric,
          .keep = spec_.keep,
          .sweep_seed = spec_.seed,
          .seed = stored.seed,
          .committed_steps = committed.steps,
          .committed_evals = committed.evals,
          .data_fingerprint = variant.data_fingerprint,
          .model_fingerprint = variant.model_fingerprint};
}

}  // namespace tarama::orchestrator
