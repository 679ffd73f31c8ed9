// Sweeps and runs in maps. Written for obviousness, not speed: it is what SQLite is compared to.
#include "db/memory_store.hpp"

#include "db/write_checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

namespace tarama::db {

namespace {

double stored_number(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

StepRow as_stored(StepRow row) {
  for (double* number : {&row.lr, &row.loss, &row.flat_accuracy}) {
    *number = stored_number(*number);
  }
  return row;
}

EvalRow as_stored(EvalRow row) {
  for (double* number : {&row.loss,
                         &row.flat_accuracy,
                         &row.batch_mean_flat_accuracy,
                         &row.mcc,
                         &row.macro_f1,
                         &row.majority_accuracy}) {
    *number = stored_number(*number);
  }
  return row;
}

template <class Value>
void merge(std::optional<Value>& into, const std::optional<Value>& from) {
  if (from) {
    into = from;
  }
}

void merge(PersistAttempt& into, const PersistAttempt& from) {
  merge(into.worker, from.worker);
  merge(into.device, from.device);
  merge(into.leased_at, from.leased_at);
  merge(into.started_at, from.started_at);
  merge(into.first_step, from.first_step);
  merge(into.ended_at, from.ended_at);
  merge(into.outcome, from.outcome);
  merge(into.message, from.message);
}

RunId run_of(const Write& write) {
  if (const auto* run = std::get_if<PersistRun>(&write)) {
    return run->run;
  }
  if (const auto* attempt = std::get_if<PersistAttempt>(&write)) {
    return attempt->run;
  }
  if (const auto* batch = std::get_if<MetricBatch>(&write)) {
    return batch->run;
  }
  if (const auto* seconds = std::get_if<TrainSeconds>(&write)) {
    return seconds->run;
  }
  return {};
}

}  // namespace

Result<StoredSweep> MemoryStore::create_sweep(const NewSweep& sweep) {
  if (const auto checked = check_new_runs(sweep, {}, [](const std::string&) { return false; });
      !checked) {
    return checked.error();
  }
  const SweepId id{static_cast<std::int64_t>(sweeps_.size()) + 1};
  StoredSweep stored;
  stored.record = {id, SweepState::running, sweep.rules, {}};
  stored.name = sweep.name;
  stored.spec = sweep.spec;
  stored.prepared = sweep.prepared;
  stored.levels = sweep.levels;
  std::ranges::sort(stored.levels, {}, &NewLevel::level);
  sweeps_[id] = stored;
  const StoredSweep added = add_runs(id, sweep.runs);
  stored.runs = added.runs;
  stored.record.runs = added.record.runs;
  stored.levels = sweep.levels;
  return stored;
}

Result<StoredSweep> MemoryStore::extend_sweep(SweepId sweep, const NewSweep& more) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return unknown_sweep(sweep);
  }
  std::map<LevelId, NewLevel> levels;
  for (const NewLevel& level : known->second.levels) {
    levels[level.level] = level;
  }
  const auto has_run_key = [this, sweep](const std::string& key) {
    return std::ranges::any_of(runs_, [&](const auto& entry) {
      return entry.second.sweep == sweep && entry.second.ids.run_key == key;
    });
  };
  if (const auto checked = check_new_runs(more, levels, has_run_key); !checked) {
    return checked.error();
  }
  for (const NewLevel& level : more.levels) {
    levels[level.level] = level;
  }
  const auto all = levels | std::views::values;
  known->second.levels.assign(all.begin(), all.end());
  StoredSweep added = add_runs(sweep, more.runs);
  StoredSweep stored = known->second;
  stored.runs = std::move(added.runs);
  stored.record.runs = std::move(added.record.runs);
  stored.levels = more.levels;
  return stored;
}

StoredSweep MemoryStore::add_runs(SweepId sweep, const std::vector<NewRun>& runs) {
  StoredSweep added;
  for (const NewRun& planned : runs) {
    Run run;
    const RunId id{static_cast<std::int64_t>(runs_.size()) + 1};
    run.sweep = sweep;
    run.planned_steps = planned.planned_steps;
    run.planned_evals = planned.planned_evals;
    run.ids = {id, planned.level, planned.replicate, planned.seed, planned.run_key};
    run.record.run = id;
    run.record.replicate = planned.replicate;
    run.record.planned_steps = planned.planned_steps;
    added.runs.push_back(run.ids);
    added.record.runs.push_back(run.record);
    runs_[id] = std::move(run);
  }
  return added;
}

Result<void> MemoryStore::change_rules(SweepId sweep,
                                       const SweepRules& rules,
                                       const std::string& spec) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return unknown_sweep(sweep);
  }
  known->second.record.rules = rules;
  known->second.spec = spec;
  return {};
}

Result<void> MemoryStore::write(const std::vector<Write>& writes) {
  for (const Write& one : writes) {
    if (auto checked = check_write(one); !checked) {
      return checked;
    }
  }
  Undo undo;
  std::set<RunId> succeeded;
  for (const Write& one : writes) {
    if (auto applied = apply(one, undo, succeeded); !applied) {
      roll_back(std::move(undo));
      return applied;
    }
  }
  for (const RunId id : succeeded) {
    const Run& run = runs_.at(id);
    const Committed stored = committed_of(id);
    if (stored != Committed{run.planned_steps, run.planned_evals}) {
      roll_back(std::move(undo));
      return rows_missing(id, stored, run.planned_steps, run.planned_evals);
    }
  }
  return {};
}

Result<void> MemoryStore::apply(const Write& write, Undo& undo, std::set<RunId>& succeeded) {
  if (const auto* sweep = std::get_if<PersistSweep>(&write)) {
    const auto known = sweeps_.find(sweep->sweep);
    if (known == sweeps_.end()) {
      return unknown_sweep(sweep->sweep);
    }
    undo.states.try_emplace(sweep->sweep, known->second.record.state);
    known->second.record.state = sweep->state;
    return {};
  }
  const RunId id = run_of(write);
  const auto known = runs_.find(id);
  if (known == runs_.end()) {
    return unknown_run(id);
  }
  undo.runs.try_emplace(id, known->second);
  return apply_to_run(known->second, write, succeeded);
}

Result<void> MemoryStore::apply_to_run(Run& run, const Write& write, std::set<RunId>& succeeded) {
  if (const auto* state = std::get_if<PersistRun>(&write)) {
    if (state->attempt < run.record.attempt) {
      return {};
    }
    run.record.state = state->state;
    run.record.attempt = state->attempt;
    run.record.failed_attempts = state->failed_attempts;
    run.record.failure = state->failure;
    run.record.is_held = state->is_held;
    if (state->state == RunState::succeeded) {
      succeeded.insert(state->run);
    } else {
      succeeded.erase(state->run);
    }
  } else if (const auto* attempt = std::get_if<PersistAttempt>(&write)) {
    AttemptRows& rows = run.attempts[attempt->attempt];
    rows.is_known = true;
    merge(rows.merged, *attempt);
  } else if (const auto* seconds = std::get_if<TrainSeconds>(&write)) {
    run.attempts[seconds->attempt].is_known = true;
  } else if (const auto* batch = std::get_if<MetricBatch>(&write)) {
    AttemptRows& rows = run.attempts[batch->attempt];
    for (const StepRow& row : batch->steps) {
      rows.steps.try_emplace(row.step, as_stored(row));
    }
    for (const EvalRow& row : batch->evals) {
      rows.evals.try_emplace({row.split, row.epoch}, as_stored(row));
    }
  }
  return {};
}

void MemoryStore::roll_back(Undo undo) {
  for (auto& [id, run] : undo.runs) {
    runs_[id] = std::move(run);
  }
  for (const auto& [id, state] : undo.states) {
    sweeps_[id].record.state = state;
  }
}

Result<std::vector<StoredSweep>> MemoryStore::load() {
  std::vector<StoredSweep> all;
  for (const auto& [id, sweep] : sweeps_) {
    all.push_back(sweep);
    for (const Run& run : runs_ | std::views::values) {
      if (run.sweep == id) {
        all.back().runs.push_back(run.ids);
        all.back().record.runs.push_back(run.record);
      }
    }
  }
  return all;
}

Result<Committed> MemoryStore::committed(RunId run) {
  if (!runs_.contains(run)) {
    return unknown_run(run);
  }
  return committed_of(run);
}

Committed MemoryStore::committed_of(RunId run) const {
  Committed committed;
  for (const StepRow& row : steps(run)) {
    if (row.step != committed.steps) {
      break;
    }
    ++committed.steps;
  }
  bool has_test = false;
  for (const EvalRow& row : evals(run)) {
    has_test = has_test || row.split == Split::test;
    if (row.split == Split::eval && row.epoch == committed.evals + 1) {
      ++committed.evals;
    }
  }
  if (has_test && committed.evals + 1 == runs_.at(run).planned_evals) {
    ++committed.evals;
  }
  return committed;
}

bool MemoryStore::counts(const Run& run, Attempt attempt, std::int64_t step) {
  Attempt newest;
  for (const auto& [number, rows] : run.attempts) {
    if (rows.merged.first_step && *rows.merged.first_step <= step) {
      newest = number;
    }
  }
  return newest == attempt;
}

bool MemoryStore::made_a_newer_one(const Run& run, Attempt attempt, const EvalRow& row) {
  return std::ranges::any_of(run.attempts, [&](const auto& entry) {
    const auto& [number, rows] = entry;
    const auto same = rows.evals.find({row.split, row.epoch});
    return number > attempt && rows.merged.first_step && same != rows.evals.end() &&
           *rows.merged.first_step <= same->second.step + 1;
  });
}

bool MemoryStore::counts(const Run& run, Attempt attempt, const EvalRow& row) {
  const auto& first_step = run.attempts.at(attempt).merged.first_step;
  const bool is_trained_again = std::ranges::any_of(run.attempts, [&](const auto& entry) {
    const auto& later_first_step = entry.second.merged.first_step;
    return entry.first > attempt && later_first_step && *later_first_step <= row.step;
  });
  return first_step && *first_step <= row.step + 1 && !is_trained_again &&
         !made_a_newer_one(run, attempt, row);
}

std::vector<StepRow> MemoryStore::steps(RunId run) const {
  std::map<std::int64_t, StepRow> counting;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    for (const auto& [attempt, rows] : known->second.attempts) {
      for (const auto& [step, row] : rows.steps) {
        if (counts(known->second, attempt, step)) {
          counting[step] = row;
        }
      }
    }
  }
  const auto values = counting | std::views::values;
  return {values.begin(), values.end()};
}

std::vector<EvalRow> MemoryStore::evals(RunId run) const {
  std::map<std::pair<Split, std::int64_t>, EvalRow> counting;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    for (const auto& [attempt, rows] : known->second.attempts) {
      for (const auto& [key, row] : rows.evals) {
        if (counts(known->second, attempt, row)) {
          counting[key] = row;
        }
      }
    }
  }
  const auto values = counting | std::views::values;
  return {values.begin(), values.end()};
}

std::vector<PersistAttempt> MemoryStore::attempts(RunId run) const {
  std::vector<PersistAttempt> all;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    for (const auto& [attempt, rows] : known->second.attempts) {
      if (rows.is_known) {
        all.push_back(rows.merged);
        all.back().run = run;
        all.back().attempt = attempt;
      }
    }
  }
  return all;
}

}  // namespace tarama::db
