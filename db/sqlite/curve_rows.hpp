// Curves in the table `curve`: written in the transaction in which a run succeeds, by which all of
// its rows are there and none will change. Private to db/. Every function may throw SqliteError.
#pragma once

#include "core/sweep/ids.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/stored_curve.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarama::db {

/// Of a run with rows of steps 0 to `steps` - 1; nothing for fewer than fewest_curve_steps. Again,
/// it changes nothing. Within a transaction.
void keep_curves(SqliteConnection& connection, RunId run, std::int64_t steps);

/// Of a run that a program trained: of each name with many reports, not too far apart, all of them
/// numbers. Again, it changes nothing. Within a transaction.
void keep_reported_curves(SqliteConnection& connection, RunId run);

/// Succeeded runs that would have curves, had they ended in this version.
[[nodiscard]] std::int64_t count_runs_for_curves(SqliteConnection& connection);
/// Of all of them. Within a transaction.
void keep_curves_of_all(SqliteConnection& connection);

/// nullopt: there is none; the run's rows say it.
[[nodiscard]] std::optional<StoredCurve> read_curve(SqliteConnection& connection,
                                                    RunId run,
                                                    std::string_view number,
                                                    const CurvePart& part);

}  // namespace tarama::db
