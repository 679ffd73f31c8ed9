// Where sweeps, runs, attempts and metrics are kept. Two implementations behind one contract:
// SQLite (sqlite_store.hpp) and memory (memory_store.hpp, for tests of the service).
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"

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

/// A level, whole enough to train it after a restart.
struct NewLevel {
  LevelId level;
  std::string params;  // JSON object
  TrainingSettings training;
  ModelSpec model;
  // Of the model that is trained, wherever its dimensions come from; 0: not known.
  std::int64_t layers = 0;
  std::int64_t hidden = 0;

  friend bool operator==(const NewLevel&, const NewLevel&) = default;
};

struct NewSweep {
  std::string name;
  std::string yaml;      // as submitted
  std::string spec;      // SweepSpec as JSON: what restart and `show` go by
  std::string prepared;  // JSON: fingerprints, counts and warnings of the prepared inputs
  Metric metric;
  std::string host;     // where it was submitted
  std::string driver;   // version of the GPUs' driver there; empty: none
  std::string version;  // of tarama
  std::string trainer;  // "torch", "fake"
  SweepRules rules;
  TimePoint at;
  std::vector<NewLevel> levels;
  std::vector<NewRun> runs;
};

/// Rows of one attempt. Inserting the same (run, attempt, step) again changes nothing; evaluations
/// are told apart by epoch and split. A number that is not finite is kept as NULL and read back
/// as NaN.
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

    friend bool operator==(const StoredRun&, const StoredRun&) = default;
  };

  std::vector<StoredRun> runs;   // by RunId
  std::vector<NewLevel> levels;  // by LevelId
};

/// How much of a run the store has, by the attempts that count: step s belongs to the newest
/// attempt with first_step <= s; an evaluation after step s to the newest attempt that made it,
/// if it began at s + 1 at the latest and no newer attempt trained s again.
struct Committed {
  std::int64_t steps = 0;  // rows of steps 0 .. steps-1 are all there
  std::int64_t evals = 0;  // those of epochs 1, 2, ... without a gap, and the test behind the last

  friend bool operator==(const Committed&, const Committed&) = default;
};

/// One thread at a time. Unknown ids are `not_found`; a full disk is `disk_full`, and another
/// program's lock on the database `timed_out`: both may be tried again. Nothing of a call that
/// failed is kept.
class RunStore {
 public:
  virtual ~RunStore() = default;

  /// All or nothing, and durable against a power cut when it returns. Gives the record with the
  /// new ids: runs get rising ones in the order of `sweep.runs`. Two runs with one key, or a run
  /// of no level, are `invalid_argument`.
  [[nodiscard]] virtual Result<StoredSweep> create_sweep(const NewSweep& sweep) = 0;
  /// Adds the levels and runs of `more` (`extend`) and nothing else of it; durable as
  /// create_sweep. A level that the sweep has already must be given as it stands there, under
  /// its id; new ones have new ids. Returns the new runs with the levels of `more`.
  [[nodiscard]] virtual Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) = 0;
  /// Newest resources and limits of a sweep that is submitted again.
  [[nodiscard]] virtual Result<void> change_rules(SweepId sweep,
                                                  const SweepRules& rules,
                                                  const std::string& spec) = 0;
  /// All in one transaction, in order; durable against kill -9. A PersistRun of an older attempt
  /// than the run has changes nothing. A run that becomes `succeeded` must have all its planned
  /// rows when the transaction ends, else the answer is `corrupt`.
  [[nodiscard]] virtual Result<void> write(const std::vector<Write>& writes) = 0;
  [[nodiscard]] virtual Result<std::vector<StoredSweep>> load() = 0;  // by SweepId
  [[nodiscard]] virtual Result<Committed> committed(RunId run) = 0;
};

}  // namespace tarama::db
