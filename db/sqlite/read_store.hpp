// Read-only questions to a store's database, by the CLI and the dashboard, whether or not an
// orchestrator is running. Every answer is of one snapshot.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/run_standing.hpp"
#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/change_feed.hpp"
#include "db/stored_curve.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tarama::db {

/// One value of SQL. A blob comes as its hexadecimal digits.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// What an answer in SQL is handed to, row by row, so that it may be longer than the memory.
class RowSink {
 public:
  enum class Next { go_on, stop };
  virtual ~RowSink() = default;

  /// Once, before the first row.
  virtual void columns(const std::vector<std::string>& names) = 0;
  /// As many cells as columns. `stop`: enough; the query ends, and has not failed.
  [[nodiscard]] virtual Next row(const std::vector<Cell>& cells) = 0;
};

struct SweepInfo {
  SweepId sweep;
  std::string name;
  SweepState state = SweepState::running;
  Account account;
  Metric metric;
  TimePoint submitted_at;
  std::optional<TimePoint> ended_at;
  std::string yaml;
  std::string spec;  // JSON
  std::string host;
  std::string driver;  // of the GPUs; empty: none
  std::string version;
  std::string trainer;
};

/// One level with the metric's value of each succeeded replicate, in the order of replicates.
struct LevelInfo {
  SweepId sweep;
  LevelId level;
  std::string params;  // JSON object
  std::vector<double> values;
  std::vector<RunId> runs;  // all replicates, whatever their state
  std::int64_t failed = 0;  // diverged ones included
  std::int64_t diverged = 0;
  std::int64_t stopped = 0;  // given up early: no result
  std::int64_t steps_per_run = 0;
  std::optional<std::int64_t> epochs{};
  std::string learner;                   // what trains it: "packed", "torch", "fake"
  std::optional<std::int64_t> numerics;  // version of the learner's; nullopt: not known
  LevelInputs inputs;
  std::vector<std::int64_t> seeds{};           // of `values`
  std::vector<std::int64_t> diverged_seeds{};  // of the diverged replicates
  std::optional<double> seconds_per_run{};     // of training, mean over the succeeded replicates
};

struct RunInfo {
  RunId run;
  SweepId sweep;
  RunPlan plan;
  RunStanding standing;
  std::string params;            // JSON object
  std::optional<double> metric;  // by the sweep's metric and take
  std::optional<double> train_seconds;
};

/// The failed runs of one class.
struct FailureInfo {
  FailureClass failure = FailureClass::exited;
  std::int64_t runs = 0;
  RunId example;        // the first of them
  Attempt attempt;      // the example's last
  std::string message;  // the example's
};

struct AttemptInfo {
  Attempt attempt;
  std::optional<std::string> device;
  std::optional<TimePoint> leased_at;
  std::optional<TimePoint> started_at;
  std::optional<TimePoint> ended_at;
  std::optional<std::int64_t> first_step;
  std::optional<std::string> outcome;
  std::optional<std::string> message;
  std::optional<RunId> from_run{};          // whose state it went on from; none: its own, or none
  std::optional<std::int64_t> from_step{};  // that state's steps
};

/// A GPU's step says nothing about a core's.
enum class MeasuredOn { cores, gpus };

/// Not thread-safe: one thread at a time. Unknown ids are `not_found`.
class ReadStore {
 public:
  /// `not_found` where the file is not there, `refused` where it is another program's or was
  /// written by a newer tarama, `io` where it cannot be read; each with what to do.
  [[nodiscard]] static Result<ReadStore> open(const std::filesystem::path& database);
  ReadStore(ReadStore&&) noexcept;
  ReadStore& operator=(ReadStore&&) noexcept;
  ~ReadStore();

  /// By an exact id ("3"), else an exact name (of several with it the newest), else a unique
  /// beginning of a name; "last" is the newest. A word that fits two sweeps is `invalid_argument`,
  /// with both named. Digits alone are never the beginning of a name.
  [[nodiscard]] Result<SweepId> find_sweep(std::string_view word) const;
  [[nodiscard]] Result<std::vector<SweepInfo>> sweeps() const;  // oldest first
  [[nodiscard]] Result<SweepInfo> sweep(SweepId sweep) const;
  [[nodiscard]] Result<std::vector<LevelInfo>> levels(SweepId sweep) const;  // by id
  /// The share of the commonest label in the split `eval`, as some run of the sweep counted it;
  /// nullopt: none was evaluated yet.
  [[nodiscard]] Result<std::optional<double>> majority_accuracy(SweepId sweep) const;
  /// A level as its runs are trained.
  [[nodiscard]] Result<LevelRecord> level(SweepId sweep, LevelId level) const;
  [[nodiscard]] Result<std::vector<RunInfo>> runs(SweepId sweep) const;  // by id
  [[nodiscard]] Result<RunInfo> run(RunId run) const;
  /// Its failed runs, by class.
  [[nodiscard]] Result<std::vector<FailureInfo>> failures(SweepId sweep) const;
  [[nodiscard]] Result<std::vector<AttemptInfo>> attempts(RunId run) const;
  [[nodiscard]] Result<std::vector<StepRow>> steps(RunId run) const;  // those that count
  [[nodiscard]] Result<std::vector<EvalRow>> evals(RunId run) const;  // by split, then epoch
  /// nullopt: the run has not succeeded, is short, or ended in an older tarama; its rows say it.
  [[nodiscard]] Result<std::optional<StoredCurve>> curve(RunId run,
                                                         StepNumber number,
                                                         const CurvePart& part) const;
  /// The same of what a program reported under a name.
  [[nodiscard]] Result<std::optional<StoredCurve>> reported_curve(RunId run,
                                                                  const std::string& name,
                                                                  const CurvePart& part) const;
  /// What happened behind change `after`, at most `limit` of it; 0: from the start.
  [[nodiscard]] Result<ChangeFeed> changes(std::int64_t after, std::int64_t limit) const;
  /// Seconds of training per step, over runs of this learner and a model of these dimensions that
  /// succeeded on such devices alone; nullopt: none yet. What `plan` estimates by.
  [[nodiscard]] Result<std::optional<double>> seconds_per_step(std::string_view learner,
                                                               std::int64_t layers,
                                                               std::int64_t hidden,
                                                               MeasuredOn devices) const;
  /// One statement that reads; anything that would change something, in this database or beside
  /// it, is `refused`. SQL that SQLite does not understand is `invalid_argument`. An error may come
  /// behind rows that `sink` has got already.
  [[nodiscard]] Result<void> query(const std::string& sql, RowSink& sink) const;
  /// The lowest run that is not over of each sweep that has one.
  [[nodiscard]] Result<std::map<SweepId, RunId>> runs_not_over() const;
  /// The sweep's runs that were taken over, each with the run that it came from.
  [[nodiscard]] Result<std::map<RunId, RunId>> taken_over(SweepId sweep) const;

 private:
  struct Connection;
  explicit ReadStore(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace tarama::db
