// Where sweeps, runs, attempts and metrics are kept. Two implementations behind one contract:
// SQLite (sqlite_store.hpp) and memory (memory_store.hpp, for tests of the service).
#pragma once

#include "core/ids.hpp"
#include "core/metric_rows.hpp"
#include "core/result.hpp"
#include "core/run_spec.hpp"
#include "core/scheduler.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace tarama::db {

/// A run as it is planned; the store gives it its RunId.
struct NewRun {
  LevelId level;
  std::int64_t replicate = 0;
  std::int64_t seed = 1;
  std::string run_key;  // unique within a sweep
  std::int64_t planned_steps = 0;
  std::int64_t planned_evals = 0;  // rows of `evals`, test included
};

/// A level and the columns that views show of it.
struct NewLevel {
  LevelId level;
  std::string params;  // JSON object
  TrainingSettings training;
  ModelSpec model;
};

struct NewSweep {
  std::string name;
  std::string yaml;      // as submitted
  std::string spec;      // SweepSpec as JSON: what restart and `show` go by
  std::string prepared;  // JSON: fingerprints, counts and warnings of the prepared inputs
  Metric metric;
  std::string host;     // where it was submitted
  std::string version;  // of tarama
  std::string trainer;  // "torch", "fake"
  SweepRules rules;
  TimePoint at;
  std::vector<NewLevel> levels;
  std::vector<NewRun> runs;
};

/// Rows of one attempt. Inserting the same (run, attempt, step) again changes nothing.
struct MetricBatch {
  RunId run;
  Attempt attempt;
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
};

/// Seconds of training that an attempt reported at its end.
struct TrainSeconds {
  RunId run;
  Attempt attempt;
  double seconds = 0;
};

using Write = std::variant<PersistRun, PersistAttempt, PersistSweep, MetricBatch, TrainSeconds>;

/// A stored sweep, whole enough to go on with after a restart.
struct StoredSweep {
  SweepRecord record;
  std::string name;
  std::string spec;      // JSON
  std::string prepared;  // JSON

  struct StoredRun {
    RunId run;
    LevelId level;
    std::int64_t replicate = 0;
    std::int64_t seed = 1;
    std::string run_key;
  };

  std::vector<StoredRun> runs;  // by RunId
};

/// How much of a run the store has, by the attempts that count.
struct Committed {
  std::int64_t steps = 0;  // rows of steps 0 .. steps-1 are all there
  std::int64_t evals = 0;
};

class RunStore {
 public:
  virtual ~RunStore() = default;

  /// All or nothing, and durable against a power cut when it returns. Gives the record with the
  /// new ids.
  [[nodiscard]] virtual Result<StoredSweep> create_sweep(const NewSweep& sweep) = 0;
  /// Adds levels and runs (`extend`); returns the new runs. Durable as create_sweep.
  [[nodiscard]] virtual Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) = 0;
  /// Newest resources and limits of a sweep that is submitted again.
  [[nodiscard]] virtual Result<void> change_rules(SweepId sweep,
                                                  const SweepRules& rules,
                                                  const std::string& spec) = 0;
  /// All in one transaction, in order; durable against kill -9.
  [[nodiscard]] virtual Result<void> write(const std::vector<Write>& writes) = 0;
  [[nodiscard]] virtual Result<std::vector<StoredSweep>> load() = 0;
  [[nodiscard]] virtual Result<Committed> committed(RunId run) = 0;
};

}  // namespace tarama::db
