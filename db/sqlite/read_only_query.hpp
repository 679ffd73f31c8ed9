// A person's SQL, run so that it can read and do nothing else. Private to db/.
#pragma once

#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <string>

namespace tarama::db {

/// Hands the answer to `sink` while SQLite works it out: no row is kept. Throws SqliteError:
/// `refused` for what would do more than read, `invalid_argument` for what SQLite does not
/// understand, or for none or several statements.
void answer_read_only(SqliteConnection& connection, const std::string& sql, RowSink& sink);

}  // namespace tarama::db
