// See rung_rows.hpp.
#include "db/sqlite/rung_rows.hpp"

#include "core/sweep/enum_names.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/write_checks.hpp"

#include <limits>

namespace tarama::db {

void insert_rungs(SqliteConnection& connection, const std::vector<RungRow>& rows) {
  for (const RungRow& row : rows) {
    if (!connection.query("SELECT 1 FROM run WHERE run_id = ?1").with(row.run).next()) {
      throw SqliteError(unknown_run(row.run));
    }
    connection
        .query(R"sql(
          INSERT INTO rung (sweep_id, bracket, rung, place, run_id, step, value, decision)
          SELECT sweep_id, ?2, ?3, ?4, ?1, ?5, ?6, ?7 FROM run WHERE run_id = ?1
          ON CONFLICT (run_id, rung) DO NOTHING)sql")
        .with(row.run, row.bracket, row.rung, row.place, row.step, row.value, name_of(row.decision))
        .run();
  }
}

std::vector<RungRow> read_rungs(SqliteConnection& connection, SweepId sweep) {
  Query row = connection.query(
      "SELECT run_id, bracket, rung, place, step, value, decision FROM rung WHERE sweep_id = ?1 "
      "ORDER BY bracket, rung, place");
  row.with(sweep);
  std::vector<RungRow> rows;
  while (row.next()) {
    rows.push_back({.run = RunId{row.integer(0)},
                    .bracket = row.integer(1),
                    .rung = row.integer(2),
                    .place = row.integer(3),
                    .step = row.integer(4),
                    .value = row.maybe_number(5).value_or(std::numeric_limits<double>::quiet_NaN()),
                    .decision = read_name(rung_decision_named, row.text(6))});
  }
  return rows;
}

void free_at_rungs(SqliteConnection& connection, RunId run) {
  connection
      .query(
          "UPDATE rung SET decision = 'freed' WHERE run_id = ?1 AND decision = 'stopped' AND "
          "EXISTS (SELECT 1 FROM run WHERE run_id = ?1 AND state = 'stopped')")
      .with(run)
      .run();
}

}  // namespace tarama::db
