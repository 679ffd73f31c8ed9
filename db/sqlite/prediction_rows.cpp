// Long splits in rows of so many examples: SQL reads a whole blob to get at one of its bytes.
#include "db/sqlite/prediction_rows.hpp"

#include "core/sweep/enum_names.hpp"
#include "db/sqlite/schema/schema.hpp"
#include "db/stored_text.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::db {

namespace {

std::string data_fingerprint_of(SqliteConnection& connection, RunId run) {
  Query row = connection.query(
      "SELECT l.data_fingerprint FROM run AS r JOIN level AS l ON l.sweep_id = r.sweep_id "
      "AND l.level_id = r.level_id WHERE r.run_id = ?1");
  return row.with(run).next() ? row.text(0) : std::string();
}

/// Calls use(first example, examples, their bytes of `bytes`) for each row.
template <class Use>
void for_each_row(std::string_view bytes, std::size_t width, const Use& use) {
  const std::size_t examples = bytes.size() / width;
  for (std::size_t first = 0; first < examples; first += predictions_per_row) {
    const std::size_t count = std::min(predictions_per_row, examples - first);
    use(first, count, Blob{bytes.substr(first * width, count * width)});
  }
}

void insert_names(SqliteConnection& connection,
                  const std::string& fingerprint,
                  const std::vector<std::string>& names) {
  const auto classes = static_cast<std::int64_t>(names.size());
  for (std::int32_t number = 0; number < classes; ++number) {
    const std::string code = coded_classes({&number, 1}, classes);
    const std::string name = stored_text(names[static_cast<std::size_t>(number)]);
    connection
        .query(
            "INSERT INTO class_name (data_fingerprint, code, name) VALUES (?1, ?2, ?3) "
            "ON CONFLICT DO NOTHING")
        .with(fingerprint, Blob{code}, name)
        .run();
  }
}

bool has_labels(SqliteConnection& connection, const std::string& fingerprint, Split split) {
  Query row = connection.query("SELECT 1 FROM label WHERE data_fingerprint = ?1 AND split = ?2");
  return row.with(fingerprint, name_of(split)).next();
}

void insert_labels(SqliteConnection& connection,
                   const std::string& fingerprint,
                   const PredictionRows& rows,
                   std::size_t width) {
  const Split split = rows.predictions.split;
  if (has_labels(connection, fingerprint, split)) {
    return;
  }
  insert_names(connection, fingerprint, rows.names);
  for_each_row(rows.labels, width, [&](std::size_t first, std::size_t count, Blob labels) {
    connection
        .query(
            "INSERT INTO label (data_fingerprint, split, first_example, examples, labels) "
            "VALUES (?1, ?2, ?3, ?4, ?5)")
        .with(fingerprint, name_of(split), first, count, labels)
        .run();
  });
}

/// Whether the run has those of a newer attempt.
bool is_outdated(SqliteConnection& connection, const PredictionRows& rows) {
  Query newest = connection.query("SELECT max(attempt) FROM prediction WHERE run_id = ?1");
  return newest.with(rows.run).next() && !newest.is_null(0) &&
         newest.integer(0) > rows.attempt.value;
}

}  // namespace

void insert_predictions(SqliteConnection& connection, const PredictionRows& rows) {
  if (is_outdated(connection, rows)) {
    return;
  }
  const std::size_t width = bytes_per_class(static_cast<std::int64_t>(rows.names.size()));
  insert_labels(connection, data_fingerprint_of(connection, rows.run), rows, width);
  connection.query("DELETE FROM prediction WHERE run_id = ?1 AND attempt < ?2")
      .with(rows.run, rows.attempt)
      .run();
  const Predictions& predictions = rows.predictions;
  for_each_row(
      predictions.classes, width, [&](std::size_t first, std::size_t /*count*/, Blob classes) {
        connection
            .query(
                "INSERT INTO prediction (run_id, attempt, epoch, split, first_example, classes) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")
            .with(rows.run,
                  rows.attempt,
                  predictions.epoch,
                  name_of(predictions.split),
                  first,
                  classes)
            .run();
      });
}

}  // namespace tarama::db
