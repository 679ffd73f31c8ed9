// Sweeps and runs in maps. Written for obviousness, not speed: it is what SQLite is compared to.
#include "tests/support/memory_store.hpp"

#include "db/stored_text.hpp"
#include "db/write_checks.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <ranges>

namespace tarama::test {

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

void merge(std::string& into, const std::string& from) {
  if (!from.empty()) {
    into = from;
  }
}

void merge(PersistAttempt& into, const PersistAttempt& from) {
  merge(into.worker, from.worker);
  merge(into.session, from.session);
  merge(into.device, from.device);
  merge(into.leased_at, from.leased_at);
  merge(into.started_at, from.started_at);
  merge(into.first_step, from.first_step);
  merge(into.ended_at, from.ended_at);
  merge(into.outcome, from.outcome);
  merge(into.from_run, from.from_run);
  merge(into.from_step, from.from_step);
  if (from.message) {
    into.message = db::stored_message(*from.message);
  }
}

void merge(db::PersistSession& into, const db::PersistSession& from) {
  into.session = from.session;
  merge(into.token, from.token);
  merge(into.launcher, from.launcher);
  merge(into.device, from.device);
  merge(into.host, from.host);
  into.pid = from.pid == 0 ? into.pid : from.pid;
  merge(into.started_at, from.started_at);
  merge(into.ended_at, from.ended_at);
  merge(into.message, db::stored_message(from.message));
  into.worker = from.worker == WorkerId{} ? into.worker : from.worker;
  merge(into.process, from.process);
}

/// The run that a write is about; nullopt: it is about none.
std::optional<RunId> run_of(const db::Write& write) {
  if (const auto* run = std::get_if<PersistRun>(&write)) {
    return run->run;
  }
  if (const auto* attempt = std::get_if<PersistAttempt>(&write)) {
    return attempt->run;
  }
  if (const auto* batch = std::get_if<db::MetricBatch>(&write)) {
    return batch->run;
  }
  if (const auto* predictions = std::get_if<db::PredictionRows>(&write)) {
    return predictions->run;
  }
  if (const auto* seconds = std::get_if<db::TrainSeconds>(&write)) {
    return seconds->run;
  }
  return std::nullopt;
}

/// What a sweep keeps of its rules: the machine's part is worked out anew at each start.
SweepRules kept(const SweepRules& rules) {
  SweepRules limits;
  limits.max_concurrent = rules.max_concurrent;
  limits.max_restarts = rules.max_restarts;
  limits.time_limit = rules.time_limit;
  return limits;
}

}  // namespace

Result<db::StoredSweep> MemoryStore::create_sweep(db::NewSweep sweep) {
  if (const auto checked = check_new_runs(sweep, {}, [](const std::string&) { return false; });
      !checked) {
    return checked.error();
  }
  const SweepId id{static_cast<std::int64_t>(sweeps_.size()) + 1};
  db::StoredSweep stored;
  stored.record = {id, SweepState::running, kept(sweep.rules), {}, {}};
  stored.name = sweep.name;
  stored.spec = sweep.spec;
  stored.levels = sweep.levels;
  std::ranges::sort(stored.levels, {}, &LevelRecord::level);
  sweeps_[id] = stored;
  if (sweep.trainer == program_learner) {
    program_metrics_[id] = sweep.metric;
  }
  if (!sweep.identity.empty()) {
    newest_by_identity_[sweep.identity] = id;
  }
  db::StoredSweep added = add_runs(id, sweep.runs);
  take_over(sweep, added);
  stored.runs = std::move(added.runs);
  stored.record.runs = std::move(added.record.runs);
  stored.record.rules = sweep.rules;
  stored.levels = sweep.levels;
  if (sweep.refinement) {
    stored.refinement = begin_refinement(id, *sweep.refinement, sweep.at).value();
  }
  return stored;
}

Result<db::StoredSweep> MemoryStore::extend_sweep(SweepId sweep, const db::NewSweep& more) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep);
  }
  std::map<LevelId, LevelRecord> levels;
  for (const LevelRecord& level : known->second.levels) {
    levels[level.level] = level;
  }
  const auto has_run_key = [this, sweep](const std::string& key) {
    return std::ranges::any_of(runs_, [&](const auto& entry) {
      return entry.second.sweep == sweep && entry.second.plan.run_key == key;
    });
  };
  if (const auto checked = check_new_runs(more, levels, has_run_key); !checked) {
    return checked.error();
  }
  for (const LevelRecord& level : more.levels) {
    levels[level.level] = level;
  }
  const auto all = levels | std::views::values;
  known->second.levels.assign(all.begin(), all.end());
  if (!more.identity.empty()) {
    SweepId& newest = newest_by_identity_[more.identity];
    newest = std::max(newest, sweep);
  }
  db::StoredSweep added = add_runs(sweep, more.runs);
  take_over(more, added);
  db::StoredSweep stored = known->second;
  stored.runs = std::move(added.runs);
  stored.record.runs = std::move(added.record.runs);
  stored.levels = more.levels;
  return stored;
}

db::StoredSweep MemoryStore::add_runs(SweepId sweep, const std::vector<RunPlan>& runs) {
  db::StoredSweep added;
  for (const RunPlan& plan : runs) {
    Run run;
    const RunId id{static_cast<std::int64_t>(runs_.size()) + 1};
    run.sweep = sweep;
    run.plan = plan;
    run.record.run = id;
    run.record.replicate = plan.replicate;
    run.record.planned_steps = plan.planned_steps;
    added.runs.push_back({id, plan});
    added.record.runs.push_back(run.record);
    runs_[id] = std::move(run);
  }
  return added;
}

void MemoryStore::take_over(const db::NewSweep& submitted, db::StoredSweep& added) {
  for (RunRecord& record : added.record.runs) {
    Run& run = runs_.at(record.run);
    for (const auto& [id, other] : runs_ | std::views::reverse) {
      const bool is_done_before = other.sweep != run.sweep &&
                                  other.plan.run_key == run.plan.run_key &&
                                  other.record.standing.state == RunState::succeeded;
      if (!is_done_before || !submitted.takes_over || !submitted.takes_over(id)) {
        continue;
      }
      AttemptRows& rows = run.attempts[Attempt{1}];
      rows.is_known = true;
      rows.merged.run = record.run;
      rows.merged.attempt = Attempt{1};
      rows.merged.device = other.attempts.rbegin()->second.merged.device;
      rows.merged.leased_at = rows.merged.started_at = rows.merged.ended_at = submitted.at;
      rows.merged.first_step = 0;
      rows.merged.outcome = "succeeded";
      rows.merged.from_run = id;
      rows.merged.from_step = record.planned_steps;
      for (const StepRow& step : steps(id)) {
        rows.steps[step.step] = step;
      }
      for (const EvalRow& row : evals(id)) {
        rows.evals[{row.split, row.epoch}] = row;
      }
      for (const ReportedRow& row : reported(id)) {
        rows.reported[{row.name, row.step}] = row;
      }
      run.predictions = other.predictions;
      for (db::PredictionRows& predictions : run.predictions) {
        predictions.run = record.run;
        predictions.attempt = Attempt{1};
      }
      record.standing.state = RunState::succeeded;
      record.standing.attempt = Attempt{1};
      run.record = record;
      break;
    }
  }
}

Result<void> MemoryStore::change_rules(SweepId sweep,
                                       const SweepRules& rules,
                                       const std::string& spec) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep);
  }
  known->second.record.rules = kept(rules);
  known->second.spec = spec;
  return {};
}

Result<void> MemoryStore::write(const std::vector<db::Write>& writes) {
  for (const db::Write& one : writes) {
    if (auto checked = check_write(one); !checked) {
      return checked;
    }
  }
  Undo undo{{}, {}, rest_};
  std::set<RunId> succeeded;
  for (const db::Write& one : writes) {
    if (auto applied = apply(one, undo, succeeded); !applied) {
      roll_back(std::move(undo));
      return applied;
    }
  }
  for (const RunId id : succeeded) {
    const RunPlan& plan = runs_.at(id).plan;
    const db::Committed stored = committed_of(id);
    if (stored != db::Committed{plan.planned_steps, plan.planned_evals}) {
      roll_back(std::move(undo));
      return db::rows_missing(id, stored, plan.planned_steps, plan.planned_evals);
    }
  }
  std::erase_if(rest_.changes, [&](const db::ChangeRow& change) {
    return change.seq <= rest_.last_change - db::changes_kept;
  });
  return {};
}

Result<void> MemoryStore::apply(const db::Write& write, Undo& undo, std::set<RunId>& succeeded) {
  if (const auto* sweep = std::get_if<PersistSweep>(&write)) {
    return apply_to_sweep(*sweep, undo);
  }
  const std::optional<RunId> id = run_of(write);
  if (!id) {
    return apply_to_rest(write);
  }
  const auto known = runs_.find(*id);
  if (known == runs_.end()) {
    return db::unknown_run(*id);
  }
  undo.runs.try_emplace(*id, known->second);
  apply_to_run(known->second, write, succeeded);
  return {};
}

Result<void> MemoryStore::apply_to_sweep(const PersistSweep& sweep, Undo& undo) {
  const auto known = sweeps_.find(sweep.sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep.sweep);
  }
  const SweepRecord& record = known->second.record;
  undo.states.try_emplace(sweep.sweep, record.state, record.pause_reason);
  known->second.record.state = sweep.state;
  known->second.record.pause_reason = db::stored_message(sweep.pause_reason);
  return {};
}

Result<void> MemoryStore::apply_to_rest(const db::Write& write) {
  if (const auto* session = std::get_if<db::PersistSession>(&write)) {
    merge(rest_.sessions[session->session], *session);
  } else if (const auto* quarantine = std::get_if<PersistQuarantine>(&write)) {
    rest_.quarantines[{quarantine->device, quarantine->began_at}] = *quarantine;
  } else if (const auto* duty = std::get_if<db::Duty>(&write)) {
    return add_duty(*duty);
  } else if (const auto* done = std::get_if<db::DutyDone>(&write)) {
    rest_.duties.erase(done->duty);
  } else if (const auto* change = std::get_if<db::Change>(&write)) {
    rest_.changes.push_back({++rest_.last_change, change->at, change->kind, change->json});
  }  // a DeviceReading is for views alone
  return {};
}

Result<void> MemoryStore::add_duty(const db::Duty& duty) {
  if (!sweeps_.contains(duty.sweep)) {
    return db::unknown_sweep(duty.sweep);
  }
  if (duty.run && !runs_.contains(*duty.run)) {
    return db::unknown_run(*duty.run);
  }
  if (duty.duty <= rest_.last_duty) {
    return db::duty_given_before(duty.duty, rest_.last_duty);
  }
  rest_.duties[duty.duty] = duty;
  rest_.last_duty = duty.duty;
  return {};
}

void MemoryStore::apply_to_run(Run& run, const db::Write& write, std::set<RunId>& succeeded) {
  if (const auto* state = std::get_if<PersistRun>(&write)) {
    if (state->standing.attempt < run.record.standing.attempt) {
      return;
    }
    const bool is_asked_for_again = run.record.standing.state == RunState::stopped &&
                                    state->standing.state == RunState::pending;
    for (auto& [rung, row] : run.rungs) {
      const bool is_freed = is_asked_for_again && row.decision == RungDecision::stopped;
      row.decision = is_freed ? RungDecision::freed : row.decision;
    }
    run.record.standing = state->standing;
    run.record.standing.message = db::stored_message(state->standing.message);
    if (state->standing.state == RunState::succeeded) {
      succeeded.insert(state->run);
    } else {
      succeeded.erase(state->run);
    }
  } else if (const auto* attempt = std::get_if<PersistAttempt>(&write)) {
    AttemptRows& rows = run.attempts[attempt->attempt];
    rows.is_known = true;
    merge(rows.merged, *attempt);
  } else if (const auto* predictions = std::get_if<db::PredictionRows>(&write)) {
    add_predictions(run, *predictions);
  } else if (const auto* seconds = std::get_if<db::TrainSeconds>(&write)) {
    run.attempts[seconds->attempt].is_known = true;
  } else if (const auto* batch = std::get_if<db::MetricBatch>(&write)) {
    AttemptRows& rows = run.attempts[batch->attempt];
    for (const StepRow& row : batch->steps) {
      rows.steps.try_emplace(row.step, as_stored(row));
    }
    for (const EvalRow& row : batch->evals) {
      rows.evals.try_emplace({row.split, row.epoch}, as_stored(row));
    }
    for (const ReportedRow& row : batch->reported) {
      ReportedRow& stored = rows.reported[{row.name, row.step}];
      stored = row;
      stored.value = stored_number(row.value);
    }
  }
}

void MemoryStore::add_predictions(Run& run, const db::PredictionRows& rows) {
  const bool is_older = !run.predictions.empty() && rows.attempt < run.predictions[0].attempt;
  if (is_older) {
    return;
  }
  std::erase_if(run.predictions, [&](const auto& known) { return known.attempt < rows.attempt; });
  const auto is_same = [&](const db::PredictionRows& known) {
    return known.predictions.epoch == rows.predictions.epoch &&
           known.predictions.split == rows.predictions.split;
  };
  if (std::ranges::none_of(run.predictions, is_same)) {
    run.predictions.push_back(rows);
  }
}

void MemoryStore::roll_back(Undo undo) {
  for (auto& [id, run] : undo.runs) {
    runs_[id] = std::move(run);
  }
  for (const auto& [id, state] : undo.states) {
    sweeps_[id].record.state = state.first;
    sweeps_[id].record.pause_reason = state.second;
  }
  rest_ = std::move(undo.rest);
}

db::StoredSweep MemoryStore::whole(const db::StoredSweep& sweep) const {
  db::StoredSweep filled = sweep;
  for (const RefinementStage& stage : refinements(sweep.record.sweep)) {
    if (!stage.ended_at) {
      filled.refinement = stage;
    }
  }
  for (const auto& [id, run] : runs_) {
    if (run.sweep == sweep.record.sweep) {
      filled.runs.push_back({id, run.plan});
      filled.record.runs.push_back(run.record);
    }
  }
  return filled;
}

bool MemoryStore::is_open(const db::StoredSweep& sweep) const {
  return sweep.record.state == SweepState::running || sweep.record.state == SweepState::paused ||
         std::ranges::any_of(runs_, [&](const auto& entry) {
           const Run& run = entry.second;
           return run.sweep == sweep.record.sweep && !is_terminal(run.record.standing.state);
         });
}

Result<std::vector<db::LoadedSweep>> MemoryStore::load_open() {
  std::vector<db::LoadedSweep> open;
  for (const auto& [id, sweep] : sweeps_) {
    if (is_open(sweep)) {
      open.push_back({id, sweep.name, whole(sweep)});
    }
  }
  return open;
}

Result<db::StoredSweep> MemoryStore::load_sweep(SweepId sweep) {
  const auto known = sweeps_.find(sweep);
  if (known == sweeps_.end()) {
    return db::unknown_sweep(sweep);
  }
  return whole(known->second);
}

Result<std::string> MemoryStore::spec_of(SweepId sweep) {
  const Result<db::StoredSweep> known = load_sweep(sweep);
  return known ? Result<std::string>(known->spec) : known.error();
}

Result<std::optional<SweepId>> MemoryStore::find_sweep(const std::string& identity) {
  const auto known = newest_by_identity_.find(identity);
  return known == newest_by_identity_.end() ? std::optional<SweepId>() : known->second;
}

Result<std::vector<PersistQuarantine>> MemoryStore::quarantines() {
  std::vector<PersistQuarantine> open;
  for (const auto& [key, quarantine] : rest_.quarantines) {
    if (!quarantine.ended_at) {
      open.push_back(quarantine);
    }
  }
  return open;
}

Result<std::vector<db::Duty>> MemoryStore::duties() {
  const auto values = rest_.duties | std::views::values;
  return std::vector<db::Duty>(values.begin(), values.end());
}

Result<std::int64_t> MemoryStore::last_duty() {
  return rest_.last_duty;
}

Result<db::Committed> MemoryStore::committed(RunId run) {
  if (!runs_.contains(run)) {
    return db::unknown_run(run);
  }
  return committed_of(run);
}

std::vector<Predictions> MemoryStore::predictions(RunId run) const {
  std::vector<Predictions> all;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    std::ranges::transform(
        known->second.predictions, std::back_inserter(all), &db::PredictionRows::predictions);
  }
  std::ranges::sort(
      all, {}, [](const Predictions& one) { return std::pair(one.split, one.epoch); });
  return all;
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

Result<std::vector<db::OpenSession>> MemoryStore::open_sessions() {
  std::vector<db::OpenSession> open;
  for (const auto& [name, row] : rest_.sessions) {
    if (row.ended_at) {
      continue;
    }
    std::vector<PersistAttempt> given;
    for (const auto& [run, unused] : runs_) {
      std::ranges::copy_if(attempts(run), std::back_inserter(given), [&](const auto& attempt) {
        return attempt.session == name;
      });
    }
    std::ranges::stable_sort(given, {}, &PersistAttempt::leased_at);
    db::OpenSession session{.row = row, .attempts = {}};
    for (const PersistAttempt& attempt : given) {
      session.attempts.push_back({attempt.run, attempt.attempt, attempt.first_step.has_value()});
    }
    open.push_back(std::move(session));
  }
  return open;
}

Result<WorkerId> MemoryStore::last_worker() {
  WorkerId last;
  for (const auto& [name, row] : rest_.sessions) {
    last = std::max(last, row.worker);
  }
  return last;
}

std::vector<db::PersistSession> MemoryStore::sessions() const {
  const auto values = rest_.sessions | std::views::values;
  return {values.begin(), values.end()};
}

std::vector<db::ChangeRow> MemoryStore::changes() const {
  return rest_.changes;
}

}  // namespace tarama::test
