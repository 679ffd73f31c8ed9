// Loss curves that stay short, and the runs that train.
#include "orchestrator/live/progress.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::orchestrator {
namespace {

constexpr std::size_t curve_points = 32;  // the widest sparkline that a view draws

/// -1: there is none.
std::int64_t highest_step_in(const auto& rows) {
  std::int64_t highest = -1;
  for (const auto& row : rows) {
    highest = std::max(highest, row.step);
  }
  return highest;
}

bool is_better(double value, const std::optional<double>& than, Goal goal) {
  return !than || (goal == Goal::maximize ? value > *than : value < *than);
}

}  // namespace

void LossCurve::add(double loss) {
  sum_ += loss;
  ++filled_;
  if (filled_ < stride_) {
    return;
  }
  points_.push_back(sum_ / static_cast<double>(filled_));
  sum_ = 0;
  filled_ = 0;
  if (points_.size() < curve_points) {
    return;
  }
  for (std::size_t i = 0; i < curve_points / 2; ++i) {
    points_[i] = (points_[2 * i] + points_[2 * i + 1]) / 2;
  }
  points_.resize(curve_points / 2);
  stride_ *= 2;
}

std::vector<double> LossCurve::points() const {
  std::vector<double> all = points_;
  if (filled_ > 0) {
    all.push_back(sum_ / static_cast<double>(filled_));
  }
  return all;
}

void Progress::started(
    RunId run, WorkerId worker, Attempt attempt, std::int64_t first_step, const Moment& now) {
  RunProgress progress;
  progress.worker = worker;
  progress.attempt = attempt;
  progress.first_step = first_step;
  progress.steps_done = first_step;
  progress.started_at = now;
  runs_[run] = std::move(progress);
}

void Progress::rows(RunId run,
                    Attempt attempt,
                    const std::vector<StepRow>& steps,
                    const std::vector<EvalRow>& evals,
                    TimePoint now) {
  const auto found = runs_.find(run);
  if (found == runs_.end() || found->second.attempt != attempt) {
    return;
  }
  RunProgress& progress = found->second;
  if (!steps.empty()) {
    progress.last_step_at = now;
  }
  for (const StepRow& row : steps) {
    progress.losses.add(row.loss);
    progress.steps_done = std::max(progress.steps_done, row.step + 1);
  }
  progress.evals.insert(progress.evals.end(), evals.begin(), evals.end());
}

void Progress::reported(RunId run,
                        Attempt attempt,
                        const std::vector<ReportedRow>& rows,
                        const Metric& metric,
                        TimePoint now) {
  const auto found = runs_.find(run);
  if (found == runs_.end() || found->second.attempt != attempt || rows.empty()) {
    return;
  }
  RunProgress& progress = found->second;
  progress.last_step_at = now;
  progress.steps_done = std::max(progress.steps_done, highest_step_in(rows) + 1);
  for (const ReportedRow& row : rows) {
    const bool is_metric = row.name == metric.program_name && std::isfinite(row.value);
    if (is_metric && metric.take == Take::best &&
        is_better(row.value, progress.metric, metric.goal)) {
      progress.metric = row.value;
    }
    if (is_metric && metric.take == Take::last && row.step >= progress.metric_step) {
      progress.metric = row.value;
      progress.metric_step = row.step;
    }
    if (is_metric) {
      progress.losses.add(row.value);
    }
  }
}

void Progress::has_come_to(RunId run,
                           Attempt attempt,
                           std::int64_t steps,
                           std::int64_t reported_steps) {
  const auto found = runs_.find(run);
  if (found != runs_.end() && found->second.attempt == attempt) {
    found->second.steps_done = std::max(found->second.steps_done, steps);
    known_.try_emplace(run, Known{attempt, std::max(steps, reported_steps), false});
  }
}

void Progress::ended(RunId run) {
  runs_.erase(run);
  known_.erase(run);
}

void Progress::handed_out(RunId run, Attempt attempt, std::int64_t known_steps) {
  known_[run] = {attempt, known_steps, false};
}

bool Progress::advances(RunId run, Attempt attempt, const std::vector<StepRow>& steps) {
  return comes_to(run, attempt, highest_step_in(steps));
}

bool Progress::advances(RunId run, Attempt attempt, const std::vector<ReportedRow>& rows) {
  return comes_to(run, attempt, highest_step_in(rows));
}

bool Progress::comes_to(RunId run, Attempt attempt, std::int64_t highest_step) {
  if (!runs_.contains(run) || highest_step < 0) {
    return false;
  }
  Known& known = known_.try_emplace(run, Known{attempt, 0, false}).first->second;
  if (known.attempt != attempt || known.has_advanced || highest_step < known.steps) {
    return false;
  }
  known.has_advanced = true;
  return true;
}

const RunProgress* Progress::of(RunId run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : &found->second;
}

}  // namespace tarama::orchestrator
