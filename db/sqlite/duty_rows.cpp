// The numbers are counted on by SQLite's own sqlite_sequence, which outlives the rows.
#include "db/sqlite/duty_rows.hpp"

#include "db/duty_names.hpp"
#include "db/sqlite/sqlite_rows.hpp"
#include "db/write_checks.hpp"

namespace tarama::db {

void insert_duty(SqliteConnection& connection, const Duty& duty) {
  if (const std::int64_t last = last_duty_number(connection); duty.duty <= last) {
    throw SqliteError(duty_given_before(duty.duty, last));
  }
  connection
      .query(
          "INSERT INTO duty (duty_id, kind, sweep_id, run_id, detail) "
          "VALUES (?1, ?2, ?3, ?4, ?5)")
      .with(duty.duty, name_of(duty.kind), duty.sweep, duty.run, duty.detail)
      .run();
}

void strike_duty(SqliteConnection& connection, std::int64_t duty) {
  connection.query("DELETE FROM duty WHERE duty_id = ?1").with(duty).run();
}

std::vector<Duty> read_duties(SqliteConnection& connection) {
  Query rows =
      connection.query("SELECT duty_id, kind, sweep_id, run_id, detail FROM duty ORDER BY duty_id");
  std::vector<Duty> duties;
  while (rows.next()) {
    Duty duty;
    duty.duty = rows.integer(0);
    duty.kind = read_name(duty_kind_named, rows.text(1));
    duty.sweep = SweepId{rows.integer(2)};
    if (const auto run = rows.maybe_integer(3)) {
      duty.run = RunId{*run};
    }
    duty.detail = rows.text(4);
    duties.push_back(std::move(duty));
  }
  return duties;
}

std::int64_t last_duty_number(SqliteConnection& connection) {
  return connection.integer(
      "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'duty'), 0)");
}

}  // namespace tarama::db
