// See reported_names.hpp.
#include "documents/reported_names.hpp"

#include <fmt/format.h>

namespace tarama {
namespace {

// Runs of a sweep mostly report the same names: those of so many say it, in some milliseconds.
constexpr int runs_looked_at = 200;

struct NamesSink : db::RowSink {
  std::vector<std::string> names;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    names.push_back(std::get<std::string>(cells.at(0)));
    return Next::go_on;
  }
};

}  // namespace

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    quoted += letter == '\'' ? "''" : std::string(1, letter);
  }
  return quoted + "'";
}

Result<std::vector<std::string>> reported_names(const db::ReadStore& store,
                                                const db::SweepInfo& sweep,
                                                std::size_t most) {
  if (sweep.metric.name != MetricName::reported) {
    return std::vector<std::string>{};
  }
  NamesSink sink;
  sink.names.push_back(sweep.metric.program_name);
  // From name to name by the key of the table: a run may have a million rows.
  const std::string sql = fmt::format(R"sql(
    WITH RECURSIVE chosen (run_id, attempt) AS (
      SELECT run_id, attempt FROM run WHERE sweep_id = {} AND attempt > 0
      ORDER BY run_id DESC LIMIT {}),
    seen (run_id, attempt, name_id) AS (
      SELECT c.run_id, c.attempt, (SELECT min(m.name_id) FROM metric AS m
                                   WHERE m.run_id = c.run_id AND m.attempt = c.attempt)
      FROM chosen AS c
      UNION ALL
      SELECT s.run_id, s.attempt, (SELECT min(m.name_id) FROM metric AS m
                                   WHERE m.run_id = s.run_id AND m.attempt = s.attempt
                                     AND m.name_id > s.name_id)
      FROM seen AS s WHERE s.name_id IS NOT NULL)
    SELECT n.name FROM seen AS s JOIN metric_name AS n ON n.name_id = s.name_id
    WHERE n.name <> {} GROUP BY n.name ORDER BY count(*) DESC, n.name LIMIT {})sql",
                                      sweep.sweep,
                                      runs_looked_at,
                                      sql_text(sweep.metric.program_name),
                                      most > 1 ? most - 1 : 0);
  if (const auto read = store.query(sql, sink); !read) {
    return read.error();
  }
  return std::move(sink.names);
}

}  // namespace tarama
