// Between rows of `level` and LevelRecord. Private to db/. Every function may throw SqliteError,
// and must be called inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <map>
#include <set>

namespace tarama::db {

/// Those of `more` that `known` lacks.
void insert_levels(SqliteConnection& connection,
                   SweepId sweep,
                   const NewSweep& more,
                   const std::map<LevelId, LevelRecord>& known);

/// Throws `corrupt` or `refused` for a level that cannot be read, with its number.
[[nodiscard]] std::map<LevelId, LevelRecord> read_levels(SqliteConnection& connection,
                                                         SweepId sweep);
/// Those of `ids` that there are.
[[nodiscard]] std::map<LevelId, LevelRecord> read_levels(SqliteConnection& connection,
                                                         SweepId sweep,
                                                         const std::set<LevelId>& ids);

/// The columns of `level` (under the name `l`) that `level_inputs_of` reads, in its order.
extern const std::string_view level_inputs_columns;

/// Of a row in which these columns start at `first`.
[[nodiscard]] LevelInputs level_inputs_of(const Query& row, int first);

}  // namespace tarama::db
