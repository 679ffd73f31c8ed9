// A run that the store has done already, in another sweep: its rows are the new one's too, since
// the run key says that they would be the same, bit for bit.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

namespace tarama::db {

/// Gives those new runs of `sweep` their rows, predictions and success that a run of another sweep
/// has with the same key, as `submitted.takes_over` says. Within the transaction that made them;
/// the records in `added` say it from then on.
void take_over(SqliteConnection& connection,
               SweepId sweep,
               const NewSweep& submitted,
               StoredSweep& added);

}  // namespace tarama::db
