// Replicates that decide themselves, as rows: what was asked for, what was decided, and the values
// that are decided by. Private to db/. Every function may throw SqliteError, and must be called
// inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <optional>

namespace tarama::db {

/// As RunStore::begin_refinement.
[[nodiscard]] RefinementStage insert_refinement(SqliteConnection& connection,
                                                SweepId sweep,
                                                const Refinement& asked,
                                                TimePoint now);
/// As RunStore::tell_refinement.
void update_refinement(SqliteConnection& connection, SweepId sweep, const RefinementNews& news);

/// The stage that has not ended; nullopt: there is none.
[[nodiscard]] std::optional<RefinementStage> read_refinement(SqliteConnection& connection,
                                                             SweepId sweep);

/// As RunStore::evidence.
[[nodiscard]] SearchEvidence read_evidence(SqliteConnection& connection,
                                           SweepId sweep,
                                           std::optional<LevelId> level);

}  // namespace tarama::db
