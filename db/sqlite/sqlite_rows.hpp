// Between rows of the database and the types of run_store.hpp. Private to db/. Every function may
// throw SqliteError, and must be called inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::db {

/// What a stored name stands for; `named` is one of core's functions from names to values. A name
/// that is none of ours is `corrupt`.
template <class Value>
[[nodiscard]] Value read_name(std::optional<Value> (*named)(std::string_view),
                              const std::string& name) {
  const std::optional<Value> value = named(name);
  if (!value) {
    throw SqliteError({Errc::corrupt,
                       fmt::format("the store holds the name '{}', which this tarama does not "
                                   "know; restore it from a backup",
                                   name)});
  }
  return *value;
}

// ---- sweeps, levels, runs ---------------------------------------------------------------------

[[nodiscard]] SweepId insert_sweep(SqliteConnection& connection, const NewSweep& sweep);
/// Those of `more` that `known` lacks.
void insert_levels(SqliteConnection& connection,
                   SweepId sweep,
                   const NewSweep& more,
                   const std::map<LevelId, NewLevel>& known);
/// Returns their records and ids.
[[nodiscard]] StoredSweep insert_runs(SqliteConnection& connection,
                                      SweepId sweep,
                                      const std::vector<NewRun>& runs);

/// Without its runs and levels; nullopt: unknown.
[[nodiscard]] std::optional<StoredSweep> read_sweep(SqliteConnection& connection, SweepId sweep);
[[nodiscard]] std::map<LevelId, NewLevel> read_levels(SqliteConnection& connection, SweepId sweep);
[[nodiscard]] std::vector<StoredSweep> read_all(SqliteConnection& connection);

// ---- rows that count --------------------------------------------------------------------------

[[nodiscard]] std::vector<StepRow> read_steps(SqliteConnection& connection, RunId run);
/// By split, then epoch: those of `eval` first.
[[nodiscard]] std::vector<EvalRow> read_evals(SqliteConnection& connection, RunId run);

}  // namespace tarama::db
