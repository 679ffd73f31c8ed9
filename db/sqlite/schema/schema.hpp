// The database's tables and views, as migrations. The version stands in PRAGMA user_version; a
// database that a newer tarama has written is refused, not guessed at.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"

#include <cstdint>
#include <span>

namespace tarama::db {

/// Takes a database from version - 1 to `version`.
struct Migration {
  std::int64_t version = 0;
  const char* sql = nullptr;
};

/// All of them, versions 1, 2, ... in order.
[[nodiscard]] std::span<const Migration> migrations();

/// Throws SqliteError: `refused` if the file is another program's database, or a newer one.
/// Returns the version; 0: an empty file.
std::int64_t check_version(SqliteConnection& connection, std::span<const Migration> known);

/// Brings the database to the last version, each migration in a transaction of its own: a
/// failure leaves the version before it, whole. Throws SqliteError.
void migrate(SqliteConnection& connection, std::span<const Migration> known);

/// SQL of version 1, in schema_v1.cpp.
extern const char* const schema_v1;

}  // namespace tarama::db
