// Which sweep a person means by a word. Private to db/.
#pragma once

#include "core/sweep/ids.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <string_view>

namespace tarama::db {

/// ReadStore::find_sweep, which says the rules. Must be called inside a transaction; throws
/// SqliteError.
[[nodiscard]] SweepId sweep_meant_by(SqliteConnection& connection, std::string_view word);

}  // namespace tarama::db
