// What programs report under names of their own: rows of the table `metric`, and the number that a
// run's metric is. Private to db/. Every function may throw SqliteError, and must be called inside
// a transaction.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tarama::db {

/// The metric of a sweep, of its row's texts. Of a program (`trainer`) any name is one.
[[nodiscard]] Metric stored_metric(const std::string& name,
                                   const std::string& goal,
                                   const std::string& take,
                                   const std::string& trainer);

/// Of one (attempt, name, step) the last counts: what is sent again comes in its order.
void insert_reported(SqliteConnection& connection,
                     RunId run,
                     Attempt attempt,
                     const std::vector<ReportedRow>& rows);

/// Of the rows that count, the value at the highest step, or with `take: best` the best of all.
/// nullopt: there is none, or the last one is no number.
[[nodiscard]] std::optional<double> reported_value(SqliteConnection& connection,
                                                   RunId run,
                                                   const Metric& metric);

/// Behind the highest step that any attempt of the run has reported, whatever of it counts. Reads a
/// row or two of each attempt and name.
[[nodiscard]] std::int64_t highest_reported_end(SqliteConnection& connection, RunId run);

/// The metric of the run's sweep, where a program trains it.
[[nodiscard]] std::optional<Metric> program_metric_of(SqliteConnection& connection, RunId run);

}  // namespace tarama::db
