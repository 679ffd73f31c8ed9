// See curve_rows.hpp.
#include "db/sqlite/curve_rows.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama::db {

namespace {

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
                  StepNumber number,
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
              name_of(number),
              layer.steps_per_point,
              static_cast<std::int64_t>(row) * curve_points_per_row * layer.steps_per_point,
              Blob{bytes.substr(row * width, width)})
        .run();
  }
}

bool has_curve(SqliteConnection& connection, RunId run) {
  return connection.query("SELECT 1 FROM curve WHERE run_id = ?1 LIMIT 1").with(run).next();
}

}  // namespace

void keep_curves(SqliteConnection& connection, RunId run, std::int64_t steps) {
  if (steps < fewest_curve_steps) {
    return;
  }
  const StepColumns columns = read_columns(connection, run, steps);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const CurveLayer& layer : curve_layers(columns[i])) {
      insert_layer(connection, run, step_numbers[i], layer);
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
                                      StepNumber number,
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
            name_of(number),
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
  return curve || !has_curve(connection, run) ? curve : StoredCurve{};
}

}  // namespace tarama::db
