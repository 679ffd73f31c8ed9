// The sweep is submitted as any other; what its runs left is written by SQL.
#include "bench/trained_store.hpp"

#include "bench/made_up_sweep.hpp"
#include "db/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace tarama::bench {
namespace {

// Rows in the order of their keys, so that pages fill one after the other. Metrics differ by level
// and replicate.
constexpr const char* rows_sql = R"sql(
PRAGMA synchronous = OFF;
BEGIN;
INSERT INTO attempt (run_id, attempt, worker_id, device, leased_at, started_at, first_step,
  ended_at, outcome, train_seconds)
SELECT run_id, 1, 1, 'cpu:0', 0, 0, 0, 1000, 'succeeded', 1.0 FROM run ORDER BY run_id;
WITH RECURSIVE counted(step) AS
  (SELECT 0 UNION ALL SELECT step + 1 FROM counted WHERE step + 1 < {0})
INSERT INTO step_row
  (run_id, attempt, step, epoch, lr, loss, flat_accuracy, examples, tokens, at)
SELECT run_id, 1, step, 1, 1e-5, 1.0 / (step + 1), 0.75, 32, 363, step
FROM run CROSS JOIN counted;
INSERT INTO eval_row (run_id, attempt, epoch, split, step, loss, flat_accuracy,
  batch_mean_flat_accuracy, mcc, macro_f1, majority_accuracy, examples)
SELECT run_id, 1, 1, 'eval', {0} - 1, 0.5, 0.75, 0.75, 0.5, 0.5, 0.5, 500 FROM run ORDER BY run_id;
UPDATE run SET state = 'succeeded', attempt = 1, metric = 0.5 + level_id * 1e-3 + replicate * 1e-4,
  flat_accuracy = 0.75, eval_loss = 0.5, mcc = 0.5;
UPDATE level SET mean = 0.5 + level_id * 1e-3, sd = 1e-3, minimum = 0.5, maximum = 0.7;
UPDATE sweep SET state = 'finished', ended_at = 1000;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
)sql";

void execute(const std::filesystem::path& database, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open(database.c_str(), &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle(opened, sqlite3_close);
  if (status != SQLITE_OK ||
      sqlite3_exec(handle.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(
        fmt::format("the store of the measurement could not be made: {}", sqlite3_errmsg(opened)));
  }
}

SweepId submit(const std::filesystem::path& database, std::int64_t steps_of_a_run) {
  auto store = db::open_sqlite_store(database);
  if (!store) {
    throw std::runtime_error(store.error().message);
  }
  const auto stored = (*store)->create_sweep(made_up_sweep(
      {.levels = trained_levels, .replicates = trained_replicates, .steps = steps_of_a_run}));
  if (!stored) {
    throw std::runtime_error(stored.error().message);
  }
  return stored->record.sweep;
}

}  // namespace

TrainedStore::TrainedStore(std::int64_t steps) {
  const std::int64_t steps_of_a_run = steps / trained_runs;
  sweep_ = submit(database(), steps_of_a_run);
  execute(database(), fmt::format(fmt::runtime(rows_sql), steps_of_a_run));
}

const TrainedStore& trained_store(std::int64_t steps) {
  static std::map<std::int64_t, TrainedStore> made;
  return made.try_emplace(steps, steps).first->second;
}

}  // namespace tarama::bench
