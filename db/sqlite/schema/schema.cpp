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

}  // namespace

std::span<const Migration> migrations() {
  static const std::array all = {Migration{1, schema_v1}};
  return all;
}

std::int64_t check_version(SqliteConnection& connection, std::span<const Migration> known) {
  const std::int64_t version = connection.integer("PRAGMA user_version");
  const std::int64_t newest = known.empty() ? 0 : known.back().version;
  if (connection.integer("PRAGMA application_id") != application_id && !is_empty(connection)) {
    throw SqliteError({Errc::refused,
                       "tarama.db is another program's database; choose another folder with "
                       "--store"});
  }
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
  for (const Migration& migration : known) {
    Transaction transaction(connection, Transaction::Kind::write);
    // Under the write lock: another process may have migrated between.
    if (check_version(connection, known) < migration.version) {
      connection.execute(migration.sql);
      connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                     application_id,
                                     migration.version)
                             .c_str());
    }
    transaction.commit();
  }
}

}  // namespace tarama::db
