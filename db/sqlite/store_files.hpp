// The files of a store against its rows. Private to db/.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/store_check.hpp"

#include <vector>

namespace tarama::db {

/// Models that are missing, models and checkpoints that nobody owns, and what killed processes
/// left. May throw SqliteError.
[[nodiscard]] std::vector<StoreFinding> check_store_files(SqliteConnection& connection,
                                                          const StoreFolder& folder,
                                                          StoreUse use);

}  // namespace tarama::db
