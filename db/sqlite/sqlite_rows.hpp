// Between rows of the database and the types of run_store.hpp. Private to db/. Every function may
// throw SqliteError, and must be called inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

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

// ---- sweeps -----------------------------------------------------------------------------------

[[nodiscard]] SweepId insert_sweep(SqliteConnection& connection, const NewSweep& sweep);
/// Remembers the file under its identity; nothing where it has none.
void insert_submission(SqliteConnection& connection, SweepId sweep, const NewSweep& submitted);

/// Without its runs and levels; nullopt: unknown.
[[nodiscard]] std::optional<StoredSweep> read_sweep(SqliteConnection& connection, SweepId sweep);
/// Throws `not_found`.
[[nodiscard]] std::string name_of_sweep(SqliteConnection& connection, SweepId sweep);
/// Ids and names alone of those that are running or paused, or have a run that is not over, by id.
[[nodiscard]] std::vector<LoadedSweep> read_open_sweeps(SqliteConnection& connection);
extern const std::string_view open_sweeps_sql;  // what it asks, for a test of its plan
/// With them. Throws `not_found`, `corrupt` or `refused`.
[[nodiscard]] StoredSweep read_whole_sweep(SqliteConnection& connection, SweepId sweep);

// ---- rows that count --------------------------------------------------------------------------

[[nodiscard]] std::vector<StepRow> read_steps(SqliteConnection& connection, RunId run);
/// By split, then epoch: those of `eval` first.
[[nodiscard]] std::vector<EvalRow> read_evals(SqliteConnection& connection, RunId run);

}  // namespace tarama::db
