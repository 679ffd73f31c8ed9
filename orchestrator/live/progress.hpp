// What a person wants to see of the runs that train now: how far they are, how their loss goes,
// how fast. Fed with the rows that pass through the service; nothing depends on it.
#pragma once

#include "core/scheduling/moment.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tarama::orchestrator {

/// A curve of any length in at most 32 points, each the mean of equally many values.
class LossCurve {
 public:
  void add(double loss);
  [[nodiscard]] std::vector<double> points() const;

 private:
  std::vector<double> points_;  // complete ones
  double sum_ = 0;              // of the point being filled
  std::int64_t filled_ = 0;
  std::int64_t stride_ = 1;  // values per point; doubles when 32 points are full
};

struct RunProgress {
  WorkerId worker;
  Attempt attempt;
  std::int64_t steps_done = 0;
  LossCurve losses;
  std::vector<EvalRow> evals;
  std::optional<double> metric{};  // of a program: what it has reported so far
  std::int64_t metric_step = -1;
  Moment started_at{TimePoint{}};
  std::int64_t first_step = 0;
  std::optional<TimePoint> last_step_at{};  // when its rows came
};

/// Progress of the runs that are leased or running.
class Progress {
 public:
  void started(
      RunId run, WorkerId worker, Attempt attempt, std::int64_t first_step, const Moment& now);
  void rows(RunId run,
            Attempt attempt,
            const std::vector<StepRow>& steps,
            const std::vector<EvalRow>& evals,
            TimePoint now);
  /// Of a program; `metric` is its sweep's.
  void reported(RunId run,
                Attempt attempt,
                const std::vector<ReportedRow>& rows,
                const Metric& metric,
                TimePoint now);
  /// The store has the steps below `steps`, or, of a program, below `reported_steps` whatever an
  /// attempt has reported; an earlier orchestrator saw the rows.
  void has_come_to(RunId run, Attempt attempt, std::int64_t steps, std::int64_t reported_steps);
  void ended(RunId run);

  /// The attempt was handed out; the store had the rows of all steps below `known_steps`.
  void handed_out(RunId run, Attempt attempt, std::int64_t known_steps);
  /// Whether one of these rows is the attempt's first of a step that no earlier one had made; said
  /// once of an attempt.
  [[nodiscard]] bool advances(RunId run, Attempt attempt, const std::vector<StepRow>& steps);
  [[nodiscard]] bool advances(RunId run, Attempt attempt, const std::vector<ReportedRow>& rows);

  /// nullptr: not running.
  [[nodiscard]] const RunProgress* of(RunId run) const;

  [[nodiscard]] const std::unordered_map<RunId, RunProgress>& all() const { return runs_; }

 private:
  [[nodiscard]] bool comes_to(RunId run, Attempt attempt, std::int64_t highest_step);

  struct Known {
    Attempt attempt;
    std::int64_t steps = 0;
    bool has_advanced = false;
  };

  std::unordered_map<RunId, RunProgress> runs_;
  std::unordered_map<RunId, Known> known_;
};

}  // namespace tarama::orchestrator
