// Where sweeps, levels, runs, attempts and metrics are kept: rows are the truth about what exists.
// Two implementations behind one contract: SQLite (sqlite/sqlite_store.hpp), and memory for tests
// (tests/support).
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/statistics/level_summary.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/metric_point.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/rungs.hpp"
#include "core/training/predictions.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tarama::db {

// ---- sweeps -----------------------------------------------------------------------------------

struct NewSweep {
  std::string name;
  std::string yaml;  // as submitted; kept to show and to repeat, never expanded again
  std::string spec;  // SweepSpec as JSON: data, metric, keep, resources, on_end
  /// Of name and run keys: files with the same identity are the same sweep. What is submitted to
  /// an open sweep by `extend` is remembered under its own identity as well.
  std::string identity;
  Metric metric;
  std::string host;     // where it was submitted
  std::string driver;   // version of the GPUs' driver there; empty: none
  std::string version;  // of tarama
  std::string trainer;  // "torch", "fake", "program"
  SweepRules rules;     // its limits; `devices` and `no_place` are the machine's, and not kept
  TimePoint at;
  std::vector<LevelRecord> levels;
  std::vector<RunPlan> runs;
  std::optional<Refinement> refinement{};  // what its replicates decide themselves by
  /// Of a run that succeeded in another sweep of the store and has the key of a new one: whether
  /// the new one takes its rows over and has succeeded with them. Empty: none is taken over.
  std::function<bool(RunId)> takes_over{};
};

struct StoredRun {
  RunId run;
  RunPlan plan;

  friend bool operator==(const StoredRun&, const StoredRun&) = default;
};

/// A stored sweep, whole enough to go on with after a restart.
struct StoredSweep {
  SweepRecord record;
  std::string name;
  std::string spec;                             // JSON
  std::vector<StoredRun> runs;                  // by RunId, as record.runs
  std::vector<LevelRecord> levels;              // by LevelId
  std::optional<RefinementStage> refinement{};  // that has not ended
};

/// A sweep as it was found: one that cannot be read stops itself alone, with a sentence.
struct LoadedSweep {
  SweepId sweep;
  std::string name;
  Result<StoredSweep> stored;
};

/// How much of a run the store has, by the attempts that count: step s belongs to the newest
/// attempt with first_step <= s; an evaluation after step s to the newest attempt that made it,
/// if it began at s + 1 at the latest and no newer attempt trained s again. Of what a program
/// reported at step s, that of the newest attempt which has reported s or a lower step.
struct Committed {
  std::int64_t steps = 0;  // rows of steps 0 .. steps-1 are all there
  /// Those of epochs 1, 2, ... without a gap, and the test behind the last. Of a program: 1 where
  /// it has reported its sweep's metric, of which a number must count.
  std::int64_t evals = 0;
  /// Of a program: behind the highest step that any attempt has ever reported.
  std::int64_t reported_steps = 0;

  friend bool operator==(const Committed&, const Committed&) = default;
};

// ---- replicates that decide themselves ----------------------------------------------------------

/// What a sweep's rows say about its levels: what a search decides by.
struct SearchEvidence {
  std::vector<LevelOutcome> levels;  // by LevelId; without steps
  /// Of each level, all seeds that are planned, whatever became of them.
  std::vector<std::vector<std::int64_t>> seeds;
  std::optional<double> majority;  // the share of the commonest label, once a run has counted it

  friend bool operator==(const SearchEvidence&, const SearchEvidence&) = default;
};

/// What a round has come to. Written twice, it changes nothing.
struct RefinementNews {
  std::int64_t stage = 1;
  std::vector<Look> looks{};  // all of the stage so far
  // Where the stage has ended:
  std::optional<TimePoint> ended_at{};
  std::string outcome{};
  std::optional<LevelId> reached{};
};

// ---- writes -----------------------------------------------------------------------------------

/// Rows of one attempt. Inserting the same (run, attempt, step) again changes nothing; evaluations
/// are told apart by epoch and split. A number that is not finite is kept as NULL and read back
/// as NaN.
struct MetricBatch {
  RunId run;
  Attempt attempt;
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  /// Of a program; of one (run, attempt, name, step) the last counts.
  std::vector<ReportedRow> reported{};
  double train_seconds = 0;  // of the attempt so far; 0: not said
};

/// The predicted classes of one evaluation of an attempt, with what they are held against. Writing
/// them again changes nothing. A run has those of its newest attempt alone: a newer one's take the
/// place of all that older ones wrote, and an older one's change nothing.
struct PredictionRows {
  RunId run;
  Attempt attempt;
  Predictions predictions{};
  std::string labels{};              // of the split's examples, coded as the classes
  std::vector<std::string> names{};  // of the classes, by their numbers

  friend bool operator==(const PredictionRows&, const PredictionRows&) = default;
};

/// Seconds of training that an attempt reported; the most of them counts.
struct TrainSeconds {
  RunId run;
  Attempt attempt;
  double seconds = 0;
};

/// A worker as a session: its identity outlives process and stream. Merged by what is set.
struct PersistSession {
  std::string session;  // random
  std::string token{};  // what it proves itself by
  std::string launcher{};
  std::string device{};
  std::string host{};
  std::int64_t pid = 0;
  std::optional<TimePoint> started_at{};
  std::optional<TimePoint> ended_at{};
  std::string message{};  // why it ended
  WorkerId worker{};      // its number; 0: not set
  std::string process{};  // what tells its process from another one with this pid

  friend bool operator==(const PersistSession&, const PersistSession&) = default;
};

/// A session that has not ended, and the attempts that it was given, in that order.
struct OpenSession {
  PersistSession row;
  std::vector<RestoredAttempt> attempts;

  friend bool operator==(const OpenSession&, const OpenSession&) = default;
};

enum class DutyKind { on_end, prune_models, remove_checkpoints, remove_state };

/// What must follow a commit: written in its transaction, struck off when done, taken up again
/// after a crash. It may be done twice, never not at all.
struct Duty {
  std::int64_t duty = 0;  // rising, never given again; the caller counts on from `last_duty`
  DutyKind kind = DutyKind::on_end;
  SweepId sweep;
  std::optional<RunId> run{};  // of remove_checkpoints and remove_state
  std::string detail{};        // of on_end: the event's name; of prune_models: when

  friend bool operator==(const Duty&, const Duty&) = default;
};

struct DutyDone {
  std::int64_t duty = 0;
};

/// What a GPU did at a moment, as its driver told it. One more of the same device and moment takes
/// the other's place, and drops those of the device that are older by readings_kept.
struct DeviceReading {
  std::string device;
  TimePoint at;
  std::optional<std::int64_t> busy_percent{};
  std::optional<std::int64_t> celsius{};
  std::optional<double> watts{};
  std::optional<std::int64_t> used_bytes{};
  std::optional<std::int64_t> memory_bytes{};  // in all

  friend bool operator==(const DeviceReading&, const DeviceReading&) = default;
};

/// Long enough to look back at a sweep of last week; at a row a minute a GPU's take a megabyte.
inline constexpr std::chrono::milliseconds readings_kept = std::chrono::hours(14 * 24);

/// One row of the feed of what happened, numbered by the store. Only the newest are kept: a reader
/// that asks for older ones reloads. Never about steps.
struct Change {
  TimePoint at;
  std::string kind;  // "sweep", "run", "worker"
  std::string json;  // an object; its keys are those of the documents
};

using Write = std::variant<PersistRun,
                           PersistAttempt,
                           PersistSweep,
                           MetricBatch,
                           PredictionRows,
                           TrainSeconds,
                           PersistSession,
                           PersistQuarantine,
                           Duty,
                           DutyDone,
                           Change,
                           DeviceReading>;

// ---- the store --------------------------------------------------------------------------------

/// One thread at a time. Unknown ids are `not_found`; a full disk is `disk_full`, and another
/// program's lock on the database `timed_out`: both may be tried again. Nothing of a call that
/// failed is kept.
class RunStore {
 public:
  virtual ~RunStore() = default;

  /// All or nothing, and durable against a power cut when it returns. Gives the record with the
  /// new ids: runs get rising ones in the order of `sweep.runs`; what is taken over from another
  /// sweep (`takes_over`) has succeeded in it, by an attempt that says from whom. Two runs with one
  /// key, or a run of no level, are `invalid_argument`.
  [[nodiscard]] virtual Result<StoredSweep> create_sweep(NewSweep sweep) = 0;
  /// Adds the levels and runs of `more` (`extend`), its identity, and nothing else of it; durable
  /// as create_sweep. A level that the sweep has already must be given as it stands there, under
  /// its id; new ones have new ids. Returns the new runs with the levels of `more`.
  [[nodiscard]] virtual Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) = 0;
  /// Newest limits of a sweep that is submitted again, and its spec.
  [[nodiscard]] virtual Result<void> change_rules(SweepId sweep,
                                                  const SweepRules& rules,
                                                  const std::string& spec) = 0;
  /// The next stage of a sweep, which is running from then on; durable as create_sweep. The same
  /// again, while it has not ended, is that stage; another one meanwhile is `refused`. A stage that
  /// a sweep's end has left open is called off.
  [[nodiscard]] virtual Result<RefinementStage> begin_refinement(SweepId sweep,
                                                                 const Refinement& asked,
                                                                 TimePoint now) = 0;
  [[nodiscard]] virtual Result<void> tell_refinement(SweepId sweep, const RefinementNews& news) = 0;
  /// Of all levels, or of one alone: then the same however many there are, and `majority` by its
  /// runs.
  [[nodiscard]] virtual Result<SearchEvidence> evidence(SweepId sweep,
                                                        std::optional<LevelId> level) = 0;
  /// What was decided at rungs, all or nothing; durable against kill -9. A run is there once at a
  /// rung: again, it changes nothing. The place of another run is `invalid_argument`.
  [[nodiscard]] virtual Result<void> write_rungs(const std::vector<RungRow>& rows) = 0;
  /// By bracket, rung and place. Where a run that was `stopped` has been made `pending` since, its
  /// decision `stopped` is `freed`.
  [[nodiscard]] virtual Result<std::vector<RungRow>> rungs(SweepId sweep) = 0;
  /// All in one transaction, in order; durable against kill -9. A PersistRun of an older attempt
  /// than the run has changes nothing. A run that becomes `succeeded` must have all its planned
  /// rows when the transaction ends, else the answer is `corrupt`.
  [[nodiscard]] virtual Result<void> write(const std::vector<Write>& writes) = 0;

  /// Sweeps that are running or paused, or have a run that is not over, by id.
  [[nodiscard]] virtual Result<std::vector<LoadedSweep>> load_open() = 0;
  /// Any sweep, in whatever state.
  [[nodiscard]] virtual Result<StoredSweep> load_sweep(SweepId sweep) = 0;
  /// The spec alone, as JSON: of a large sweep much sooner than all of it.
  [[nodiscard]] virtual Result<std::string> spec_of(SweepId sweep) = 0;
  /// The newest sweep that was submitted, or extended, with this identity.
  [[nodiscard]] virtual Result<std::optional<SweepId>> find_sweep(const std::string& identity) = 0;
  [[nodiscard]] virtual Result<Committed> committed(RunId run) = 0;
  /// What the run has reported of a number, as the view `metrics` names it, by rising step.
  [[nodiscard]] virtual Result<std::vector<MetricPoint>> values(RunId run,
                                                                const std::string& metric) = 0;
  /// By session; of each, at most the last 1024 attempts.
  [[nodiscard]] virtual Result<std::vector<OpenSession>> open_sessions() = 0;
  /// The highest number that a worker ever had; 0: none yet.
  [[nodiscard]] virtual Result<WorkerId> last_worker() = 0;
  /// Those that have not ended, by device.
  [[nodiscard]] virtual Result<std::vector<PersistQuarantine>> quarantines() = 0;
  /// Those that are not struck off, by number.
  [[nodiscard]] virtual Result<std::vector<Duty>> duties() = 0;
  /// The highest number that a duty ever had; 0: none yet.
  [[nodiscard]] virtual Result<std::int64_t> last_duty() = 0;
};

}  // namespace tarama::db
