// The database's tables and views, as migrations. The version stands in PRAGMA user_version; a
// database that a newer tarama has written is refused, not guessed at.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tarama::db {

/// Takes a database from version - 1 to `version`: by SQL, and behind it by code where SQL alone
/// cannot. Foreign keys are not enforced meanwhile, and checked at the end.
struct Migration {
  std::int64_t version = 0;
  const char* sql = nullptr;
  void (*code)(SqliteConnection&) = nullptr;  // may throw SqliteError
};

/// All of them, versions 1, 2, ... in order.
[[nodiscard]] std::span<const Migration> migrations();

/// Throws SqliteError: `refused` if the file is another program's database, or a newer one.
/// Returns the version; 0: an empty file.
std::int64_t check_version(SqliteConnection& connection, std::span<const Migration> known);

/// Throws SqliteError: `corrupt` if a row refers to one that is not there; `version`: to which the
/// database is being brought.
void check_references(SqliteConnection& connection, std::int64_t version);

/// Throws SqliteError: `refused` if the file is another program's database.
void check_that_it_is_ours(SqliteConnection& connection);

/// Brings the database to the last version, each migration in a transaction of its own: a
/// failure leaves the version before it, whole. Throws SqliteError. Leaves foreign keys unenforced.
void migrate(SqliteConnection& connection, std::span<const Migration> known);

/// So many examples stand in a row of `prediction` and `label`; the view `predictions` counts so
/// far. With 2 bytes each such a row fits a page of the file, so that reading one of its bytes is
/// cheap.
inline constexpr std::size_t predictions_per_row = 2000;

/// SQL of version 1, in schema_v1.cpp.
extern const char* const schema_v1;

/// Version 2, in schema_v2.cpp: its new tables, empty, beside those of version 1; and, once these
/// are converted (migration_v2.cpp), what takes their place, with the indexes and the views.
extern const char* const schema_v2_tables;
extern const char* const schema_v2_end;
void migrate_to_v2(SqliteConnection& connection);

}  // namespace tarama::db
