// Decisions at rungs as rows. Private to db/. Every function may throw SqliteError, and must be
// called inside a transaction.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/rungs.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <vector>

namespace tarama::db {

/// As RunStore::write_rungs.
void insert_rungs(SqliteConnection& connection, const std::vector<RungRow>& rows);

/// As RunStore::rungs.
[[nodiscard]] std::vector<RungRow> read_rungs(SqliteConnection& connection, SweepId sweep);

/// What stopped the run does so no more: it is about to be asked for again.
void free_at_rungs(SqliteConnection& connection, RunId run);

}  // namespace tarama::db
