// Rows of `duty`. Private to db/. Every function may throw SqliteError, and must be called inside a
// transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <vector>

namespace tarama::db {

/// The number must be higher than every one before it: `invalid_argument`.
void insert_duty(SqliteConnection& connection, const Duty& duty);
void strike_duty(SqliteConnection& connection, std::int64_t duty);
[[nodiscard]] std::vector<Duty> read_duties(SqliteConnection& connection);  // by number
[[nodiscard]] std::int64_t last_duty_number(SqliteConnection& connection);  // 0: none yet

}  // namespace tarama::db
