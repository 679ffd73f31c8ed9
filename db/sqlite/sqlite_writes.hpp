// What each kind of Write does to the tables, and what must hold when a transaction of them ends.
// Private to db/. Every function may throw SqliteError, and must be called inside a transaction.
#pragma once

#include "db/run_store.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace tarama::db {

class WriteBatch {
 public:
  explicit WriteBatch(SqliteConnection& connection) : connection_(connection) {}

  void add(const Write& write);
  /// Checks the runs that became `succeeded`, writes their metric, their curves and their
  /// level's statistics, dates the sweeps that ended, and drops changes that nobody is promised any
  /// more. At the end of the transaction, not at each write, so that the order of the writes within
  /// it does not matter.
  void finish();

 private:
  void apply(const PersistRun& run);
  void apply(const PersistAttempt& attempt);
  void apply(const PersistSweep& sweep);
  void apply(const MetricBatch& batch);
  void apply(const PredictionRows& rows);
  void apply(const TrainSeconds& seconds);
  void apply(const PersistSession& session);
  void apply(const PersistQuarantine& quarantine);
  void apply(const Duty& duty);
  void apply(const DutyDone& done);
  void apply(const Change& change);
  void apply(const DeviceReading& reading);
  void check_run(RunId run);

  SqliteConnection& connection_;
  std::set<RunId> succeeded_;
  std::set<SweepId> ended_;
  RunId checked_;                 // the run that was last seen to exist
  std::int64_t last_change_ = 0;  // number of the last change added; 0: none
};

void update_rules(SqliteConnection& connection,
                  SweepId sweep,
                  const SweepRules& rules,
                  const std::string& spec);

/// Zeros for an unknown run.
[[nodiscard]] Committed committed_of(SqliteConnection& connection, RunId run);

}  // namespace tarama::db
