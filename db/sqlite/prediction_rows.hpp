// Predicted classes, and the labels and names that they are shown with. Private to db/. Must be
// called inside a transaction; may throw SqliteError.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

namespace tarama::db {

/// The run exists. Labels and names are kept once for all runs of the same data.
void insert_predictions(SqliteConnection& connection, const PredictionRows& rows);

}  // namespace tarama::db
