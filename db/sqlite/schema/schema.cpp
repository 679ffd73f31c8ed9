// Which version a database has, and how it gets to the newest.
#include "db/sqlite/schema/schema.hpp"

#include <array>

namespace tarama::db {

namespace {

// "tram" in ASCII: marks the file as tarama's, for `file` and against opening a stranger's.
constexpr std::int64_t application_id = 0x7472616d;

bool is_empty(SqliteConnection& connection) {
  return connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void apply(SqliteConnection& connection, const Migration& migration) {
  if (migration.sql != nullptr) {
    connection.execute(migration.sql);
  }
  if (migration.code != nullptr) {
    migration.code(connection);
  }
  check_references(connection, migration.version);
  connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                 application_id,
                                 migration.version)
                         .c_str());
}

}  // namespace

std::span<const Migration> migrations() {
  static const std::array all = {Migration{1, schema_v1, nullptr},
                                 Migration{2, schema_v2_tables, migrate_to_v2}};
  return all;
}

void check_references(SqliteConnection& connection, std::int64_t version) {
  if (connection.integer("SELECT count(*) FROM pragma_foreign_key_check") != 0) {
    throw SqliteError({Errc::corrupt,
                       fmt::format("rows of the store refer to others that are not there; it "
                                   "cannot be brought to version {} of the schema",
                                   version)});
  }
}

void check_that_it_is_ours(SqliteConnection& connection) {
  if (connection.integer("PRAGMA application_id") != application_id && !is_empty(connection)) {
    throw SqliteError({Errc::refused,
                       "tarama.db is another program's database; choose another folder with "
                       "--store"});
  }
}

std::int64_t check_version(SqliteConnection& connection, std::span<const Migration> known) {
  const std::int64_t version = connection.integer("PRAGMA user_version");
  const std::int64_t newest = known.empty() ? 0 : known.back().version;
  check_that_it_is_ours(connection);
  if (version > newest) {
    throw SqliteError({Errc::refused,
                       fmt::format("the store was written by a newer tarama: its schema has "
                                   "version {}, this program knows versions up to {}; use that "
                                   "tarama, or another --store",
                                   version,
                                   newest)});
  }
  return version;
}

void migrate(SqliteConnection& connection, std::span<const Migration> known) {
  // A migration may drop a table that others refer to, to put a new one in its place. This can
  // only be switched outside of a transaction.
  connection.execute("PRAGMA foreign_keys = OFF");
  for (const Migration& migration : known) {
    if (check_version(connection, known) >= migration.version) {
      continue;  // without the lock, which somebody else may hold
    }
    Transaction transaction(connection, Transaction::Kind::write);
    // Under the write lock: another process may have migrated between.
    if (check_version(connection, known) < migration.version) {
      apply(connection, migration);
    }
    transaction.commit();
  }
}

}  // namespace tarama::db
