// Inserts of sweeps, reads of whole ones, and reads of the rows that count.
#include "db/sqlite/sqlite_rows.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/run_state.hpp"
#include "db/sqlite/level_rows.hpp"
#include "db/sqlite/refinement_rows.hpp"
#include "db/sqlite/run_rows.hpp"
#include "db/write_checks.hpp"

#include <utility>

namespace tarama::db {

namespace {

std::optional<std::int64_t> milliseconds_of(const SweepRules& rules) {
  return rules.time_limit ? std::optional(rules.time_limit->count()) : std::nullopt;
}

/// Of sweep_columns.
StoredSweep sweep_of(const Query& row) {
  StoredSweep sweep;
  sweep.record.sweep = SweepId{row.integer(0)};
  sweep.record.state = read_name(sweep_state_named, row.text(1));
  sweep.name = row.text(2);
  sweep.spec = row.text(3);
  SweepRules& rules = sweep.record.rules;
  rules.max_concurrent = row.integer(4);
  rules.max_restarts = row.integer(5);
  if (const auto limit = row.maybe_integer(6)) {
    rules.time_limit = std::chrono::milliseconds{*limit};
  }
  sweep.record.pause_reason = row.text(7);
  return sweep;
}

constexpr std::string_view sweep_columns =
    "SELECT sweep_id, state, name, spec, max_concurrent, max_restarts, time_limit, pause_reason "
    "FROM sweep ";

}  // namespace

SweepId insert_sweep(SqliteConnection& connection, const NewSweep& sweep) {
  connection
      .query(R"sql(
        INSERT INTO sweep (name, state, metric_name, metric_goal, metric_take, max_concurrent,
          max_restarts, time_limit, trainer, host, version, submitted_at, yaml, spec, driver)
        VALUES (?1, 'running', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
      )sql")
      .with(sweep.name,
            text_of(sweep.metric),
            name_of(sweep.metric.goal),
            name_of(sweep.metric.take),
            sweep.rules.max_concurrent,
            sweep.rules.max_restarts,
            milliseconds_of(sweep.rules),
            sweep.trainer,
            sweep.host,
            sweep.version,
            sweep.at,
            sweep.yaml,
            sweep.spec,
            sweep.driver)
      .run();
  return SweepId{connection.last_insert_id()};
}

void insert_submission(SqliteConnection& connection, SweepId sweep, const NewSweep& submitted) {
  if (submitted.identity.empty()) {
    return;
  }
  connection
      .query(
          "INSERT INTO submission (identity, sweep_id, at, yaml) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (identity, sweep_id) DO UPDATE SET at = excluded.at, yaml = excluded.yaml")
      .with(submitted.identity, sweep, submitted.at, submitted.yaml)
      .run();
}

std::optional<StoredSweep> read_sweep(SqliteConnection& connection, SweepId sweep) {
  static const std::string sql = std::string(sweep_columns) + "WHERE sweep_id = ?1";
  Query row = connection.query(sql);
  row.with(sweep);
  return row.next() ? std::optional(sweep_of(row)) : std::nullopt;
}

std::string name_of_sweep(SqliteConnection& connection, SweepId sweep) {
  Query row = connection.query("SELECT name FROM sweep WHERE sweep_id = ?1");
  if (!row.with(sweep).next()) {
    throw SqliteError(unknown_sweep(sweep));
  }
  return row.text(0);
}

// Each half reads a partial index that holds nothing but what is open, so that 100,000 finished
// runs are not looked at: the conditions must stay, word for word, those of the indexes.
const std::string_view open_sweeps_sql = R"sql(
  SELECT s.sweep_id, s.name FROM (
    SELECT sweep_id FROM sweep INDEXED BY open_sweep WHERE state IN ('running', 'paused')
    UNION
    SELECT sweep_id FROM run INDEXED BY open_run
    WHERE state IN ('pending', 'leased', 'running', 'cancelling')
  ) AS o JOIN sweep AS s ON s.sweep_id = o.sweep_id
  ORDER BY s.sweep_id)sql";

std::vector<LoadedSweep> read_open_sweeps(SqliteConnection& connection) {
  Query rows = connection.query(open_sweeps_sql);
  std::vector<LoadedSweep> sweeps;
  while (rows.next()) {
    sweeps.push_back({SweepId{rows.integer(0)}, rows.text(1), StoredSweep{}});
  }
  return sweeps;
}

StoredSweep read_whole_sweep(SqliteConnection& connection, SweepId id) {
  std::optional<StoredSweep> sweep = read_sweep(connection, id);
  if (!sweep) {
    throw SqliteError(unknown_sweep(id));
  }
  read_runs(connection, *sweep);
  sweep->refinement = read_refinement(connection, id);
  for (auto& [level, record] : read_levels(connection, id)) {
    sweep->levels.push_back(std::move(record));
  }
  return std::move(*sweep);
}

std::vector<StepRow> read_steps(SqliteConnection& connection, RunId run) {
  Query rows = connection.query(
      "SELECT step, epoch, lr, loss, flat_accuracy, examples, tokens, at FROM steps "
      "WHERE run_id = ?1 ORDER BY step");
  rows.with(run);
  std::vector<StepRow> steps;
  while (rows.next()) {
    steps.push_back({rows.integer(0),
                     rows.integer(1),
                     rows.number(2),
                     rows.number(3),
                     rows.number(4),
                     rows.integer(5),
                     rows.integer(6),
                     rows.integer(7)});
  }
  return steps;
}

std::vector<EvalRow> read_evals(SqliteConnection& connection, RunId run) {
  Query rows = connection.query(
      "SELECT epoch, split, step, loss, flat_accuracy, batch_mean_flat_accuracy, mcc, macro_f1, "
      "majority_accuracy, examples FROM evals WHERE run_id = ?1 ORDER BY split, epoch");
  rows.with(run);
  std::vector<EvalRow> evals;
  while (rows.next()) {
    evals.push_back({rows.integer(0),
                     read_name(split_named, rows.text(1)),
                     rows.integer(2),
                     rows.number(3),
                     rows.number(4),
                     rows.number(5),
                     rows.number(6),
                     rows.number(7),
                     rows.number(8),
                     rows.integer(9)});
  }
  return evals;
}

}  // namespace tarama::db
