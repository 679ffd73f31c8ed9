// Loss curves that stay short, and the runs that train.
#include "orchestrator/live/progress.hpp"

#include <algorithm>

namespace tarama::orchestrator {
namespace {

constexpr std::size_t curve_points = 32;  // the widest sparkline that a view draws

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

void Progress::has_come_to(RunId run, Attempt attempt, std::int64_t steps) {
  const auto found = runs_.find(run);
  if (found != runs_.end() && found->second.attempt == attempt) {
    found->second.steps_done = std::max(found->second.steps_done, steps);
    known_.try_emplace(run, Known{attempt, steps, false});
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
  if (!runs_.contains(run)) {
    return false;
  }
  Known& known = known_.try_emplace(run, Known{attempt, 0, false}).first->second;
  const bool is_new =
      std::ranges::any_of(steps, [&](const StepRow& row) { return row.step >= known.steps; });
  if (known.attempt != attempt || known.has_advanced || !is_new) {
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
