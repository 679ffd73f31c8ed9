// Demands on new sweeps and on writes, with the words for a person.
#include "db/write_checks.hpp"

#include <algorithm>
#include <set>

namespace tarama::db {

Result<void> check_new_runs(const NewSweep& more,
                            const std::map<LevelId, NewLevel>& levels,
                            const std::function<bool(const std::string&)>& has_run_key) {
  std::set<LevelId> known;
  for (const NewLevel& level : more.levels) {
    const auto stored = levels.find(level.level);
    if (stored != levels.end() && stored->second != level) {
      return Error{Errc::invalid_argument,
                   fmt::format("level {} is in the sweep already, with other settings: {}",
                               level.level,
                               stored->second.params)};
    }
    if (!known.insert(level.level).second) {
      return Error{Errc::invalid_argument, fmt::format("level {} is given twice", level.level)};
    }
  }
  std::set<std::string_view> keys;
  for (const NewRun& run : more.runs) {
    if (!known.contains(run.level) && !levels.contains(run.level)) {
      return Error{
          Errc::invalid_argument,
          fmt::format(
              "run {} is of level {}, which the sweep does not have", run.run_key, run.level)};
    }
    if (!keys.insert(run.run_key).second || has_run_key(run.run_key)) {
      return Error{Errc::invalid_argument,
                   fmt::format("the sweep has two runs with the key {}", run.run_key)};
    }
  }
  return {};
}

namespace {

Error bad_number(RunId run, std::string_view what) {
  return {Errc::invalid_argument, fmt::format("run {}: {}", run, what)};
}

Result<void> check_attempt(RunId run, Attempt attempt) {
  if (attempt < Attempt{1}) {
    return bad_number(run, "attempts count from 1");
  }
  return {};
}

Result<void> check_rows(const MetricBatch& batch) {
  if (std::ranges::any_of(batch.steps, [](const StepRow& row) { return row.step < 0; })) {
    return bad_number(batch.run, "steps count from 0");
  }
  if (std::ranges::any_of(batch.evals,
                          [](const EvalRow& row) { return row.epoch < 1 || row.step < 0; })) {
    return bad_number(batch.run, "epochs count from 1, steps from 0");
  }
  return check_attempt(batch.run, batch.attempt);
}

}  // namespace

Result<void> check_write(const Write& write) {
  if (const auto* batch = std::get_if<MetricBatch>(&write)) {
    return check_rows(*batch);
  }
  if (const auto* attempt = std::get_if<PersistAttempt>(&write)) {
    return check_attempt(attempt->run, attempt->attempt);
  }
  if (const auto* seconds = std::get_if<TrainSeconds>(&write)) {
    return check_attempt(seconds->run, seconds->attempt);
  }
  return {};
}

Error unknown_run(RunId run) {
  return {Errc::not_found, fmt::format("the store has no run {}", run)};
}

Error unknown_sweep(SweepId sweep) {
  return {Errc::not_found, fmt::format("the store has no sweep {}", sweep)};
}

Error rows_missing(RunId run,
                   const Committed& stored,
                   std::int64_t planned_steps,
                   std::int64_t planned_evals) {
  return {Errc::corrupt,
          fmt::format("run {} was reported as succeeded, but the store has its first {} steps of "
                      "{} and {} evaluations of {}; it cannot count as succeeded",
                      run,
                      stored.steps,
                      planned_steps,
                      stored.evals,
                      planned_evals)};
}

}  // namespace tarama::db
