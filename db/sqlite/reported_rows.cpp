// See reported_rows.hpp.
#include "db/sqlite/reported_rows.hpp"

#include "core/sweep/enum_names.hpp"
#include "db/sqlite/sqlite_rows.hpp"

#include <map>

namespace tarama::db {

namespace {

std::int64_t id_of_name(SqliteConnection& connection, const std::string& name) {
  connection.query("INSERT INTO metric_name (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")
      .with(name)
      .run();
  Query row = connection.query("SELECT name_id FROM metric_name WHERE name = ?1");
  return row.with(name).next() ? row.integer(0) : 0;
}

}  // namespace

Metric stored_metric(const std::string& name,
                     const std::string& goal,
                     const std::string& take,
                     const std::string& trainer) {
  Metric metric{.name = MetricName::reported,
                .goal = read_name(goal_named, goal),
                .take = read_name(take_named, take)};
  if (trainer == program_learner) {
    metric.program_name = name;
  } else {
    metric.name = read_name(metric_named, name);
  }
  return metric;
}

void insert_reported(SqliteConnection& connection,
                     RunId run,
                     Attempt attempt,
                     const std::vector<ReportedRow>& rows) {
  std::map<std::string, std::int64_t> ids;
  for (const ReportedRow& row : rows) {
    const auto known = ids.find(row.name);
    const std::int64_t id =
        known != ids.end() ? known->second : (ids[row.name] = id_of_name(connection, row.name));
    std::optional<std::int64_t> epoch;
    if (row.epoch != ReportedRow::no_epoch) {
      epoch = row.epoch;
    }
    connection
        .query(
            "INSERT INTO metric (run_id, attempt, name_id, step, epoch, value, at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (run_id, attempt, name_id, step) "
            "DO UPDATE SET epoch = excluded.epoch, value = excluded.value, at = excluded.at "
            // What is told once more was reported when it was told first.
            "WHERE value IS NOT excluded.value OR epoch IS NOT excluded.epoch")
        .with(run, attempt, id, row.step, epoch, row.value, row.at)
        .run();
  }
}

std::optional<double> reported_value(SqliteConnection& connection,
                                     RunId run,
                                     const Metric& metric) {
  Query row = connection.query(
      metric.take == Take::last
          ? "SELECT value FROM reported WHERE run_id = ?1 AND name = ?2 ORDER BY step DESC LIMIT 1"
      : metric.goal == Goal::maximize
          ? "SELECT max(value) FROM reported WHERE run_id = ?1 AND name = ?2"
          : "SELECT min(value) FROM reported WHERE run_id = ?1 AND name = ?2");
  return row.with(run, metric.program_name).next() ? row.maybe_number(0) : std::nullopt;
}

std::int64_t highest_reported_end(SqliteConnection& connection, RunId run) {
  // From one (attempt, name) to the next by the table's key: a run may have a million rows.
  Query row = connection.query(R"sql(
    WITH RECURSIVE part (attempt, name_id) AS (
      SELECT a.attempt, (SELECT min(m.name_id) FROM metric AS m
                         WHERE m.run_id = a.run_id AND m.attempt = a.attempt)
      FROM attempt AS a WHERE a.run_id = ?1
      UNION ALL
      SELECT p.attempt, (SELECT min(m.name_id) FROM metric AS m
                         WHERE m.run_id = ?1 AND m.attempt = p.attempt AND m.name_id > p.name_id)
      FROM part AS p WHERE p.name_id IS NOT NULL)
    SELECT max((SELECT max(m.step) FROM metric AS m WHERE m.run_id = ?1
                AND m.attempt = p.attempt AND m.name_id = p.name_id))
    FROM part AS p WHERE p.name_id IS NOT NULL)sql");
  return row.with(run).next() && !row.is_null(0) ? row.integer(0) + 1 : 0;
}

std::optional<Metric> program_metric_of(SqliteConnection& connection, RunId run) {
  Query row = connection.query(
      "SELECT s.metric_name, s.metric_goal, s.metric_take, s.trainer FROM run AS r "
      "JOIN sweep AS s ON s.sweep_id = r.sweep_id WHERE r.run_id = ?1 AND s.trainer = 'program'");
  if (!row.with(run).next()) {
    return std::nullopt;
  }
  return stored_metric(row.text(0), row.text(1), row.text(2), row.text(3));
}

}  // namespace tarama::db
