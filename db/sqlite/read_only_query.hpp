// A person's SQL, run so that it can read and do nothing else. Private to db/.
#pragma once

#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <string>

namespace tarama::db {

/// Throws SqliteError: `refused` for what would do more than read, `invalid_argument` for what
/// SQLite does not understand, or for none or several statements.
[[nodiscard]] Table answer_read_only(SqliteConnection& connection, const std::string& sql);

}  // namespace tarama::db
