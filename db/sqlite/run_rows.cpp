// Each list of columns beside what reads and writes it.
#include "db/sqlite/run_rows.hpp"

#include "core/sweep/run_state.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/stored_text.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace tarama::db {

const std::string_view run_plan_columns =
    "r.level_id, r.replicate, r.seed, r.run_key, r.planned_steps, r.planned_evals";
const std::string_view run_standing_columns =
    "r.state, r.attempt, r.failed_attempts, r.failure_class, r.message, r.is_held, r.losses_in_row";

namespace {

RunRecord record_of(RunId run, const RunPlan& plan, RunStanding standing) {
  return {.run = run,
          .replicate = plan.replicate,
          .planned_steps = plan.planned_steps,
          .standing = std::move(standing)};
}

}  // namespace

RunPlan run_plan_of(const Query& row, int first) {
  return {.level = LevelId{row.integer(first)},
          .replicate = row.integer(first + 1),
          .seed = row.integer(first + 2),
          .run_key = row.text(first + 3),
          .planned_steps = row.integer(first + 4),
          .planned_evals = row.integer(first + 5)};
}

RunStanding run_standing_of(const Query& row, int first) {
  std::optional<FailureClass> failure;
  if (!row.is_null(first + 3)) {
    failure = read_name(failure_class_named, row.text(first + 3));
  }
  return {.state = read_name(run_state_named, row.text(first)),
          .attempt = Attempt{row.integer(first + 1)},
          .failed_attempts = row.integer(first + 2),
          .losses_in_row = row.integer(first + 6),
          .failure = failure,
          .message = row.text(first + 4),
          .is_held = row.integer(first + 5) != 0};
}

StoredSweep insert_runs(SqliteConnection& connection, SweepId sweep, std::vector<RunPlan> runs) {
  StoredSweep stored;
  stored.runs.reserve(runs.size());
  stored.record.runs.reserve(runs.size());
  for (RunPlan& plan : runs) {
    connection
        .query(R"sql(
          INSERT INTO run (sweep_id, level_id, replicate, seed, run_key, planned_steps,
            planned_evals)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))sql")
        .with(sweep,
              plan.level,
              plan.replicate,
              plan.seed,
              plan.run_key,
              plan.planned_steps,
              plan.planned_evals)
        .run();
    const RunId run{connection.last_insert_id()};
    stored.record.runs.push_back(record_of(run, plan, {}));
    stored.runs.push_back({run, std::move(plan)});
  }
  return stored;
}

void read_runs(SqliteConnection& connection, StoredSweep& sweep) {
  static const std::string sql =
      fmt::format("SELECT r.run_id, {}, {} FROM run AS r WHERE r.sweep_id = ?1 ORDER BY r.run_id",
                  run_plan_columns,
                  run_standing_columns);
  Query rows = connection.query(sql);
  rows.with(sweep.record.sweep);
  while (rows.next()) {
    const StoredRun& run =
        sweep.runs.emplace_back(StoredRun{RunId{rows.integer(0)}, run_plan_of(rows, 1)});
    sweep.record.runs.push_back(
        record_of(run.run, run.plan, run_standing_of(rows, 1 + run_plan_width)));
  }
}

bool update_run(SqliteConnection& connection, const PersistRun& run) {
  const RunStanding& standing = run.standing;
  const std::string message = stored_message(standing.message);
  std::optional<std::string_view> failure;
  if (standing.failure) {
    failure = name_of(*standing.failure);
  }
  connection
      .query(
          "UPDATE run SET state = ?3, attempt = ?2, failed_attempts = ?4, failure_class = ?5, "
          "message = ?6, is_held = ?7, losses_in_row = ?8 WHERE run_id = ?1 AND attempt <= ?2")
      .with(run.run,
            standing.attempt,
            name_of(standing.state),
            standing.failed_attempts,
            failure,
            message,
            standing.is_held,
            standing.losses_in_row)
      .run();
  return connection.changes() > 0;
}

}  // namespace tarama::db
