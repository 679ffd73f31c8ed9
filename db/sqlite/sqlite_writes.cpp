// The statements behind RunStore::write.
#include "db/sqlite/sqlite_writes.hpp"

#include "core/statistics/level_summary.hpp"
#include "core/statistics/metric_value.hpp"
#include "core/sweep/enum_names.hpp"
#include "db/change_feed.hpp"
#include "db/sqlite/curve_rows.hpp"
#include "db/sqlite/duty_rows.hpp"
#include "db/sqlite/prediction_rows.hpp"
#include "db/sqlite/reported_rows.hpp"
#include "db/sqlite/run_rows.hpp"
#include "db/sqlite/rung_rows.hpp"
#include "db/sqlite/session_rows.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/stored_text.hpp"
#include "db/write_checks.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::db {

namespace {

struct PlannedRows {
  std::int64_t steps = 0;
  std::int64_t evals = 0;
};

PlannedRows planned_rows(SqliteConnection& connection, RunId run) {
  Query row = connection.query("SELECT planned_steps, planned_evals FROM run WHERE run_id = ?1");
  return row.with(run).next() ? PlannedRows{row.integer(0), row.integer(1)} : PlannedRows{};
}

std::int64_t steps_without_gap(SqliteConnection& connection, RunId run) {
  {
    Query row = connection.query("SELECT count(*), max(step) FROM steps WHERE run_id = ?1");
    const bool has_row = row.with(run).next();
    if (has_row && row.integer(0) == (row.is_null(1) ? 0 : row.integer(1) + 1)) {
      return row.integer(0);
    }
  }
  Query rows = connection.query("SELECT step FROM steps WHERE run_id = ?1 ORDER BY step");
  rows.with(run);
  std::int64_t next_step = 0;
  while (rows.next() && rows.integer(0) == next_step) {
    ++next_step;
  }
  return next_step;
}

std::int64_t evals_in_order(SqliteConnection& connection, RunId run, std::int64_t planned) {
  Query rows =
      connection.query("SELECT split, epoch FROM evals WHERE run_id = ?1 ORDER BY split, epoch");
  rows.with(run);
  std::int64_t evals = 0;
  bool has_test = false;
  while (rows.next()) {
    if (read_name(split_named, rows.text(0)) == Split::test) {
      has_test = true;
    } else if (rows.integer(1) == evals + 1) {
      ++evals;
    }
  }
  return has_test && evals + 1 == planned ? evals + 1 : evals;
}

void write_run_summary(SqliteConnection& connection, RunId run, const Metric& metric) {
  if (metric.name == MetricName::reported) {
    connection.query("UPDATE run SET metric = ?2 WHERE run_id = ?1")
        .with(run, reported_value(connection, run, metric))
        .run();
    return;
  }
  const std::vector<EvalRow> evals = read_evals(connection, run);
  const EvalRow* const chosen = chosen_eval(evals, metric);
  if (chosen == nullptr) {
    return;
  }
  connection
      .query(
          "UPDATE run SET metric = ?2, flat_accuracy = ?3, eval_loss = ?4, mcc = ?5 "
          "WHERE run_id = ?1")
      .with(run, value_of(*chosen, metric.name), chosen->flat_accuracy, chosen->loss, chosen->mcc)
      .run();
}

void write_level_statistics(SqliteConnection& connection, SweepId sweep, LevelId level) {
  std::vector<double> values;
  {
    // In the order of replicates, so that the sum does not depend on which ended first.
    Query rows = connection.query(
        "SELECT metric FROM run WHERE sweep_id = ?1 AND level_id = ?2 AND state = 'succeeded' "
        "AND metric IS NOT NULL ORDER BY replicate, run_id");
    rows.with(sweep, level);
    while (rows.next()) {
      values.push_back(rows.number(0));
    }
  }
  LevelOutcome outcome;
  outcome.values = std::move(values);
  const LevelSummary summary = summarize(outcome);
  connection
      .query(
          "UPDATE level SET mean = ?3, sd = ?4, minimum = ?5, maximum = ?6 "
          "WHERE sweep_id = ?1 AND level_id = ?2")
      .with(sweep, level, summary.mean, summary.sd, summary.minimum, summary.maximum)
      .run();
}

void write_success(SqliteConnection& connection, RunId run) {
  const PlannedRows planned = planned_rows(connection, run);
  const Committed stored = committed_of(connection, run);
  if (stored.steps != planned.steps || stored.evals != planned.evals) {
    throw SqliteError(rows_missing(run, stored, planned.steps, planned.evals));
  }
  SweepId sweep;
  LevelId level;
  Metric metric;
  {
    Query row = connection.query(
        "SELECT r.sweep_id, r.level_id, s.metric_name, s.metric_goal, s.metric_take, s.trainer "
        "FROM run AS r JOIN sweep AS s ON s.sweep_id = r.sweep_id WHERE r.run_id = ?1");
    if (!row.with(run).next()) {
      throw SqliteError(unknown_run(run));
    }
    sweep = SweepId{row.integer(0)};
    level = LevelId{row.integer(1)};
    metric = stored_metric(row.text(2), row.text(3), row.text(4), row.text(5));
  }
  write_run_summary(connection, run, metric);
  write_level_statistics(connection, sweep, level);
  metric.name == MetricName::reported ? keep_reported_curves(connection, run)
                                      : keep_curves(connection, run, planned.steps);
}

/// When its last attempt ended; a sweep of which nothing ever ran ended when it was submitted.
void date_end(SqliteConnection& connection, SweepId sweep) {
  connection
      .query(R"sql(
        UPDATE sweep SET ended_at = ifnull(
          (SELECT max(a.ended_at) FROM run AS r JOIN attempt AS a ON a.run_id = r.run_id
           WHERE r.sweep_id = ?1), submitted_at)
        WHERE sweep_id = ?1)sql")
      .with(sweep)
      .run();
}

bool is_ended(SweepState state) {
  return state == SweepState::finished || state == SweepState::cancelled;
}

}  // namespace

Committed committed_of(SqliteConnection& connection, RunId run) {
  if (const auto metric = program_metric_of(connection, run)) {
    return {
        0, reported_value(connection, run, *metric) ? 1 : 0, highest_reported_end(connection, run)};
  }
  const PlannedRows planned = planned_rows(connection, run);
  return {steps_without_gap(connection, run), evals_in_order(connection, run, planned.evals)};
}

void update_rules(SqliteConnection& connection,
                  SweepId sweep,
                  const SweepRules& rules,
                  const std::string& spec) {
  std::optional<std::int64_t> limit;
  if (rules.time_limit) {
    limit = rules.time_limit->count();
  }
  connection
      .query(
          "UPDATE sweep SET max_concurrent = ?2, max_restarts = ?3, time_limit = ?4, spec = ?5 "
          "WHERE sweep_id = ?1")
      .with(sweep, rules.max_concurrent, rules.max_restarts, limit, spec)
      .run();
  if (connection.changes() == 0) {
    throw SqliteError(unknown_sweep(sweep));
  }
}

void WriteBatch::add(const Write& write) {
  std::visit([this](const auto& one) { apply(one); }, write);
}

void WriteBatch::finish() {
  for (const RunId run : succeeded_) {
    write_success(connection_, run);
  }
  for (const SweepId sweep : ended_) {
    date_end(connection_, sweep);
  }
  if (last_change_ != 0) {
    // As many as were added, mostly: what is dropped lies together at the front of the table.
    connection_.query("DELETE FROM change WHERE seq <= ?1").with(last_change_ - changes_kept).run();
  }
}

void WriteBatch::check_run(RunId run) {
  // A batch is mostly about one run after another: remember the last.
  if (run != checked_ &&
      !connection_.query("SELECT 1 FROM run WHERE run_id = ?1").with(run).next()) {
    throw SqliteError(unknown_run(run));
  }
  checked_ = run;
}

void WriteBatch::apply(const PersistRun& run) {
  check_run(run.run);
  if (run.standing.state == RunState::pending) {
    free_at_rungs(connection_, run.run);
  }
  if (!update_run(connection_, run)) {
    return;  // of an older attempt
  }
  if (run.standing.state == RunState::succeeded) {
    succeeded_.insert(run.run);
  } else {
    succeeded_.erase(run.run);
  }
}

void WriteBatch::apply(const PersistAttempt& attempt) {
  check_run(attempt.run);
  std::optional<std::string> message;
  if (attempt.message) {
    message = stored_message(*attempt.message);
  }
  connection_
      .query(R"sql(
        INSERT INTO attempt (run_id, attempt, worker_id, device, leased_at, started_at,
          first_step, ended_at, outcome, message, session, from_run, from_step)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (run_id, attempt) DO UPDATE SET
          worker_id = coalesce(excluded.worker_id, worker_id),
          device = coalesce(excluded.device, device),
          leased_at = coalesce(excluded.leased_at, leased_at),
          started_at = coalesce(excluded.started_at, started_at),
          first_step = coalesce(excluded.first_step, first_step),
          ended_at = coalesce(excluded.ended_at, ended_at),
          outcome = coalesce(excluded.outcome, outcome),
          message = coalesce(excluded.message, message),
          session = coalesce(excluded.session, session),
          from_run = coalesce(excluded.from_run, from_run),
          from_step = coalesce(excluded.from_step, from_step))sql")
      .with(attempt.run,
            attempt.attempt,
            attempt.worker,
            attempt.device,
            attempt.leased_at,
            attempt.started_at,
            attempt.first_step,
            attempt.ended_at,
            attempt.outcome,
            message,
            attempt.session,
            attempt.from_run,
            attempt.from_step)
      .run();
}

void WriteBatch::apply(const PersistSweep& sweep) {
  const std::string reason = stored_message(sweep.pause_reason);
  connection_
      .query("UPDATE sweep SET state = ?2, pause_reason = ?3, ended_at = NULL WHERE sweep_id = ?1")
      .with(sweep.sweep, name_of(sweep.state), reason)
      .run();
  if (connection_.changes() == 0) {
    throw SqliteError(unknown_sweep(sweep.sweep));
  }
  if (is_ended(sweep.state)) {
    ended_.insert(sweep.sweep);
  } else {
    ended_.erase(sweep.sweep);
  }
}

void WriteBatch::apply(const MetricBatch& batch) {
  check_run(batch.run);
  if (batch.train_seconds > 0) {
    apply(TrainSeconds{batch.run, batch.attempt, batch.train_seconds});
  }
  // DO NOTHING, not OR IGNORE: that would swallow broken rows as well as known ones.
  for (const StepRow& row : batch.steps) {
    connection_
        .query(
            "INSERT INTO step_row (run_id, attempt, step, epoch, lr, loss, flat_accuracy, "
            "examples, tokens, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
            "ON CONFLICT (run_id, attempt, step) DO NOTHING")
        .with(batch.run,
              batch.attempt,
              row.step,
              row.epoch,
              row.lr,
              row.loss,
              row.flat_accuracy,
              row.examples,
              row.tokens,
              row.at)
        .run();
  }
  for (const EvalRow& row : batch.evals) {
    connection_
        .query(
            "INSERT INTO eval_row (run_id, attempt, epoch, split, step, loss, flat_accuracy, "
            "batch_mean_flat_accuracy, mcc, macro_f1, majority_accuracy, examples) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
            "ON CONFLICT (run_id, attempt, epoch, split) DO NOTHING")
        .with(batch.run,
              batch.attempt,
              row.epoch,
              name_of(row.split),
              row.step,
              row.loss,
              row.flat_accuracy,
              row.batch_mean_flat_accuracy,
              row.mcc,
              row.macro_f1,
              row.majority_accuracy,
              row.examples)
        .run();
  }
  insert_reported(connection_, batch.run, batch.attempt, batch.reported);
}

void WriteBatch::apply(const PredictionRows& rows) {
  check_run(rows.run);
  insert_predictions(connection_, rows);
}

void WriteBatch::apply(const TrainSeconds& seconds) {
  check_run(seconds.run);
  connection_
      .query(
          "INSERT INTO attempt (run_id, attempt, train_seconds) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (run_id, attempt) DO UPDATE SET "
          "train_seconds = max(excluded.train_seconds, ifnull(train_seconds, 0))")
      .with(seconds.run, seconds.attempt, seconds.seconds)
      .run();
}

void WriteBatch::apply(const PersistSession& session) {
  merge_session(connection_, session);
}

void WriteBatch::apply(const PersistQuarantine& quarantine) {
  const std::string reason = stored_message(quarantine.reason);
  connection_
      .query(R"sql(
        INSERT INTO quarantine (device, began_at, ended_at, reason, failed_tries)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (device, began_at) DO UPDATE SET ended_at = excluded.ended_at,
          reason = excluded.reason, failed_tries = excluded.failed_tries)sql")
      .with(quarantine.device,
            quarantine.began_at,
            quarantine.ended_at,
            reason,
            quarantine.failed_tries)
      .run();
}

void WriteBatch::apply(const Duty& duty) {
  if (!connection_.query("SELECT 1 FROM sweep WHERE sweep_id = ?1").with(duty.sweep).next()) {
    throw SqliteError(unknown_sweep(duty.sweep));
  }
  if (duty.run) {
    check_run(*duty.run);
  }
  insert_duty(connection_, duty);
}

void WriteBatch::apply(const DutyDone& done) {
  strike_duty(connection_, done.duty);
}

void WriteBatch::apply(const Change& change) {
  connection_.query("INSERT INTO change (at, kind, json) VALUES (?1, ?2, ?3)")
      .with(change.at, change.kind, change.json)
      .run();
  last_change_ = connection_.last_insert_id();
}

void WriteBatch::apply(const DeviceReading& reading) {
  connection_
      .query(R"sql(
        INSERT OR REPLACE INTO device_reading
          (device, at, busy_percent, celsius, watts, used_bytes, memory_bytes)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))sql")
      .with(reading.device,
            reading.at,
            reading.busy_percent,
            reading.celsius,
            reading.watts,
            reading.used_bytes,
            reading.memory_bytes)
      .run();
  connection_.query("DELETE FROM device_reading WHERE device = ?1 AND at < ?2")
      .with(reading.device, TimePoint{reading.at.milliseconds - readings_kept.count()})
      .run();
}

}  // namespace tarama::db
