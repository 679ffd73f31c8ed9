// Rows of `session`. Private to db/. Every function may throw SqliteError, and must be called
// inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <vector>

namespace tarama::db {

/// What is set takes the place of what stands there.
void merge_session(SqliteConnection& connection, const PersistSession& session);
/// Those that have not ended, with the attempts that they were given.
[[nodiscard]] std::vector<OpenSession> read_open_sessions(SqliteConnection& connection);
[[nodiscard]] WorkerId last_worker_number(SqliteConnection& connection);

}  // namespace tarama::db
