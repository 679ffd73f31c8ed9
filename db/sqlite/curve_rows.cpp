// See curve_rows.hpp.
#include "db/sqlite/curve_rows.hpp"

#include "db/sqlite/reported_rows.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama::db {

namespace {

// Fewer are read row by row in some ms.
constexpr std::int64_t fewest_reports_of_curve = 4096;
// A curve has a place for each step: reports that lie further apart would make it longer than their
// rows are.
constexpr std::int64_t most_steps_per_report = 8;

using StepColumns = std::array<std::vector<float>, std::size(step_numbers)>;

// Each row to its step's place, whatever the order: sorting them would take longer than reading.
StepColumns read_columns(SqliteConnection& connection, RunId run, std::int64_t steps) {
  StepColumns columns;
  columns.fill(
      std::vector<float>(static_cast<std::size_t>(steps), std::numeric_limits<float>::quiet_NaN()));
  Query rows =
      connection.query("SELECT step, loss, flat_accuracy, lr FROM steps WHERE run_id = ?1");
  rows.with(run);
  while (rows.next()) {
    const std::int64_t step = rows.integer(0);
    if (step < steps) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i][static_cast<std::size_t>(step)] =
            static_cast<float>(rows.number(static_cast<int>(i) + 1));
      }
    }
  }
  return columns;
}

void insert_layer(SqliteConnection& connection,
                  RunId run,
                  std::string_view number,
                  const CurveLayer& layer) {
  const std::size_t width =
      static_cast<std::size_t>(curve_points_per_row) * bytes_per_point(layer.steps_per_point);
  const std::string_view bytes = layer.bytes;
  for (std::size_t row = 0; row * width < bytes.size(); ++row) {
    connection
        .query(
            "INSERT INTO curve (run_id, number, steps_per_point, first_step, points) "
            "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
        .with(run,
              number,
              layer.steps_per_point,
              static_cast<std::int64_t>(row) * curve_points_per_row * layer.steps_per_point,
              Blob{bytes.substr(row * width, width)})
        .run();
  }
}

bool has_curve(SqliteConnection& connection, RunId run, std::string_view number) {
  return connection.query("SELECT 1 FROM curve WHERE run_id = ?1 AND number = ?2 LIMIT 1")
      .with(run, number)
      .next();
}

struct ReportedLength {
  std::string name;
  std::int64_t reports = 0;
  std::int64_t steps = 0;  // behind the last one
};

/// Of the names that are to have a curve. One with a report that is no number has none: in a layer
/// it could not be told from a step without a report.
std::vector<ReportedLength> long_reported(SqliteConnection& connection, RunId run) {
  std::vector<ReportedLength> found;
  Query rows = connection.query(
      "SELECT name, count(*), max(step) + 1 FROM reported WHERE run_id = ?1 GROUP BY name "
      "HAVING count(*) >= ?2 AND count(value) = count(*)");
  rows.with(run, fewest_reports_of_curve);
  while (rows.next()) {
    const ReportedLength length{rows.text(0), rows.integer(1), rows.integer(2)};
    if (length.steps / length.reports < most_steps_per_report) {
      found.push_back(length);
    }
  }
  return found;
}

std::vector<float> reported_numbers(SqliteConnection& connection,
                                    RunId run,
                                    const ReportedLength& length) {
  std::vector<float> numbers(static_cast<std::size_t>(length.steps),
                             std::numeric_limits<float>::quiet_NaN());
  Query rows = connection.query("SELECT step, value FROM reported WHERE run_id = ?1 AND name = ?2");
  rows.with(run, length.name);
  while (rows.next()) {
    numbers.at(static_cast<std::size_t>(rows.integer(0))) = static_cast<float>(rows.number(1));
  }
  return numbers;
}

}  // namespace

void keep_curves(SqliteConnection& connection, RunId run, std::int64_t steps) {
  if (steps < fewest_curve_steps) {
    return;
  }
  const StepColumns columns = read_columns(connection, run, steps);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const CurveLayer& layer : curve_layers(columns[i])) {
      insert_layer(connection, run, name_of(step_numbers[i]), layer);
    }
  }
}

void keep_reported_curves(SqliteConnection& connection, RunId run) {
  // By the table's key: most runs are short, and pay nothing.
  if (highest_reported_end(connection, run) < fewest_reports_of_curve) {
    return;
  }
  for (const ReportedLength& length : long_reported(connection, run)) {
    for (const CurveLayer& layer : curve_layers(reported_numbers(connection, run, length))) {
      insert_layer(connection, run, length.name, layer);
    }
  }
}

std::int64_t count_runs_for_curves(SqliteConnection& connection) {
  Query row = connection.query(
      "SELECT count(*) FROM run WHERE state = 'succeeded' AND planned_steps >= ?1");
  return row.with(fewest_curve_steps).next() ? row.integer(0) : 0;
}

void keep_curves_of_all(SqliteConnection& connection) {
  std::vector<std::pair<RunId, std::int64_t>> runs;
  {
    Query rows = connection.query(
        "SELECT run_id, planned_steps FROM run WHERE state = 'succeeded' ORDER BY run_id");
    while (rows.next()) {
      runs.emplace_back(rows.integer(0), rows.integer(1));
    }
  }
  for (const auto& [run, steps] : runs) {
    keep_curves(connection, run, steps);
  }
}

std::optional<StoredCurve> read_curve(SqliteConnection& connection,
                                      RunId run,
                                      std::string_view number,
                                      const CurvePart& part) {
  // A row spans ?6 points; one point more on each side of the part.
  Query rows = connection.query(R"sql(
    SELECT steps_per_point, first_step, points FROM curve
    WHERE run_id = ?1 AND number = ?2 AND steps_per_point =
        (SELECT max(steps_per_point) FROM curve
         WHERE run_id = ?1 AND number = ?2 AND steps_per_point <= ?3)
      AND first_step - steps_per_point <= ?5
      AND first_step + (?6 + 1) * steps_per_point > ?4
    ORDER BY first_step)sql");
  rows.with(run,
            number,
            std::max<std::int64_t>(part.most_steps_per_point, 1),
            part.from,
            part.to,
            curve_points_per_row);
  std::optional<StoredCurve> curve;
  while (rows.next()) {
    if (!curve) {
      curve.emplace();
      curve->steps_per_point = rows.integer(0);
      curve->first_step = rows.integer(1);
    }
    curve->append(rows.bytes(2));
  }
  // A part behind its end is an empty one.
  return curve || !has_curve(connection, run, number) ? curve : StoredCurve{};
}

}  // namespace tarama::db
