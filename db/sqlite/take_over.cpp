// See take_over.hpp. Rows are copied, so that nothing hangs on the other sweep from then on.
#include "db/sqlite/take_over.hpp"

#include "db/sqlite/sqlite_writes.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tarama::db {

namespace {

constexpr Attempt only_attempt{1};

/// A new run, and the newest one of its key that succeeded elsewhere.
struct DoneBefore {
  RunId run;
  RunId from;
  std::string device;
};

std::vector<DoneBefore> done_before(SqliteConnection& connection, SweepId sweep) {
  // CROSS JOIN: the new runs are looked through once, and each key is looked up.
  Query rows = connection.query(R"sql(
    SELECT f.run_id, f.from_run,
      (SELECT a.device FROM attempt AS a WHERE a.run_id = f.from_run
       ORDER BY a.attempt DESC LIMIT 1)
    FROM (SELECT n.run_id, max(o.run_id) AS from_run
          FROM run AS n CROSS JOIN run AS o INDEXED BY succeeded_run
            ON o.run_key = n.run_key AND o.state = 'succeeded' AND o.sweep_id <> n.sweep_id
          WHERE n.sweep_id = ?1 AND n.state = 'pending' AND n.attempt = 0
          GROUP BY n.run_id) AS f)sql");
  rows.with(sweep);
  std::vector<DoneBefore> found;
  while (rows.next()) {
    found.push_back(
        {RunId{rows.integer(0)}, RunId{rows.integer(1)}, rows.maybe_text(2).value_or("")});
  }
  return found;
}

constexpr std::string_view copies[] = {
    "INSERT INTO step_row (run_id, attempt, step, epoch, lr, loss, flat_accuracy, examples, "
    "tokens, "
    "at) SELECT ?1, ?3, step, epoch, lr, loss, flat_accuracy, examples, tokens, at FROM steps "
    "WHERE "
    "run_id = ?2",
    "INSERT INTO eval_row (run_id, attempt, epoch, split, step, loss, flat_accuracy, "
    "batch_mean_flat_accuracy, mcc, macro_f1, majority_accuracy, examples) SELECT ?1, ?3, epoch, "
    "split, step, loss, flat_accuracy, batch_mean_flat_accuracy, mcc, macro_f1, majority_accuracy, "
    "examples FROM evals WHERE run_id = ?2",
    "INSERT INTO metric (run_id, attempt, name_id, step, epoch, value, at) SELECT ?1, ?3, "
    "n.name_id, "
    "m.step, m.epoch, m.value, m.at FROM reported AS m JOIN metric_name AS n ON n.name = m.name "
    "WHERE m.run_id = ?2",
    "INSERT INTO prediction (run_id, attempt, epoch, split, first_example, classes) SELECT ?1, ?3, "
    "epoch, split, first_example, classes FROM prediction WHERE run_id = ?2 AND attempt = (SELECT "
    "max(attempt) FROM prediction WHERE run_id = ?2)"};

void copy_rows(SqliteConnection& connection, const DoneBefore& done) {
  for (const std::string_view copy : copies) {
    connection.query(copy).with(done.run, done.from, only_attempt).run();
  }
}

PersistAttempt attempt_of(const DoneBefore& done, std::int64_t planned_steps, TimePoint at) {
  PersistAttempt row;
  row.run = done.run;
  row.attempt = only_attempt;
  if (!done.device.empty()) {
    row.device = done.device;
  }
  row.leased_at = at;
  row.started_at = at;
  row.first_step = 0;
  row.ended_at = at;
  row.outcome = std::string(name_of(RunState::succeeded));
  row.from_run = done.from;
  row.from_step = planned_steps;
  return row;
}

}  // namespace

void take_over(SqliteConnection& connection,
               SweepId sweep,
               const NewSweep& submitted,
               StoredSweep& added) {
  if (!submitted.takes_over) {
    return;
  }
  std::unordered_map<RunId, RunRecord*> records;
  for (RunRecord& record : added.record.runs) {
    records.emplace(record.run, &record);
  }
  WriteBatch batch(connection);
  for (const DoneBefore& done : done_before(connection, sweep)) {
    const auto record = records.find(done.run);
    if (record == records.end() || !submitted.takes_over(done.from)) {
      continue;
    }
    RunStanding& standing = record->second->standing;
    standing.state = RunState::succeeded;
    standing.attempt = only_attempt;
    batch.add(attempt_of(done, record->second->planned_steps, submitted.at));
    copy_rows(connection, done);
    batch.add(PersistRun{done.run, standing});
  }
  batch.finish();
}

}  // namespace tarama::db
