// A run's row: its plan, written once, and its standing, written with every move. The one place
// that names its columns.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/run_standing.hpp"
#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <string_view>
#include <vector>

namespace tarama::db {

/// Columns of `run AS r`, in the order that run_plan_of and run_standing_of read them.
extern const std::string_view run_plan_columns;
extern const std::string_view run_standing_columns;
inline constexpr int run_plan_width = 6;  // columns

/// Of the row's columns from number `first` on.
[[nodiscard]] RunPlan run_plan_of(const Query& row, int first);
[[nodiscard]] RunStanding run_standing_of(const Query& row, int first);

/// Into the sweep, with rising ids. The answer holds the runs and nothing else of the sweep.
[[nodiscard]] StoredSweep insert_runs(SqliteConnection& connection,
                                      SweepId sweep,
                                      std::vector<RunPlan> runs);
/// The runs of `sweep.record.sweep` by id, appended to what `sweep` has.
void read_runs(SqliteConnection& connection, StoredSweep& sweep);
/// False: the row is of a newer attempt, and stays as it is.
[[nodiscard]] bool update_run(SqliteConnection& connection, const PersistRun& run);

}  // namespace tarama::db
