// What is kept for views, and for how long.
#include "orchestrator/live/live.hpp"

#include "core/statistics/metric_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

namespace tarama::orchestrator {
namespace {

// Views ask five times a second, and no orchestrator ends more than some thousand runs in one.
constexpr std::size_t ended_runs_kept = 10'000;
// Sweeps of this life that `status` still lists; older ones are read from the store when asked for.
constexpr std::size_t ended_sweeps_kept = 100;

std::string change_of(const PersistRun& row) {
  return fmt::format(R"({{"run":{},"state":"{}","attempt":{}}})",
                     row.run,
                     name_of(row.standing.state),
                     row.standing.attempt);
}

std::string change_of(const PersistSweep& row) {
  return fmt::format(R"({{"sweep":{},"state":"{}"}})", row.sweep, name_of(row.state));
}

std::string change_of(const PersistQuarantine& row) {
  const nlohmann::ordered_json change = {
      {"device", row.device}, {"quarantined", !row.ended_at}, {"reason", row.reason}};
  return change.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::int64_t length_of(const RunPlan& plan) {
  return plan.planned_steps > 0 ? plan.planned_steps : unplanned_length;
}

}  // namespace

Live::Live() : ended_runs_(ended_runs_kept) {}

void Live::opened(SweepId sweep, const OpenSweep& rows, const std::vector<RunRecord>& records) {
  ended_sweeps_.erase(sweep);
  SweepProgress& progress = sweeps_[sweep];
  for (const RunRecord& run : records) {
    if (is_terminal(run.standing.state)) {
      progress.run_ended(run.run, length_of(rows.plan_of(run.run)));
    }
  }
}

void Live::closed(SweepId sweep, EndedSweep summary) {
  sweeps_.erase(sweep);
  ended_sweeps_[sweep] = std::move(summary);
  if (ended_sweeps_.size() > ended_sweeps_kept) {
    ended_sweeps_.erase(ended_sweeps_.begin());
  }
}

void Live::decided(const PersistRun& row, SweepId sweep, const OpenSweep& rows) {
  const RunPlan& plan = rows.plan_of(row.run);
  const RunState state = row.standing.state;
  if (state == RunState::pending) {
    running.ended(row.run);
    sweeps_[sweep].run_pending(row.run, length_of(plan));
  }
  if (!is_terminal(state)) {
    return;
  }
  sweeps_[sweep].run_ended(row.run, length_of(plan));
  EndedRun ended{.run = row.run,
                 .sweep = sweep,
                 .standing = row.standing,
                 .params = rows.params_of(row.run),
                 .seed = plan.seed,
                 .metric = std::nullopt,
                 .train_seconds = std::nullopt};
  const Metric& metric = rows.spec().metric;
  if (const RunProgress* run = running.of(row.run);
      run != nullptr && state == RunState::succeeded &&
      (run->first_step == 0 || metric.take == Take::last)) {  // else an older attempt may have it
    if (const EvalRow* chosen = chosen_eval(run->evals, metric)) {
      ended.metric = value_of(*chosen, metric.name);
    }
    if (metric.name == MetricName::reported &&
        (row.standing.attempt == Attempt{1} || metric.take == Take::last)) {
      ended.metric = run->metric;
    }
  }
  if (const auto found = train_seconds_.find(row.run); found != train_seconds_.end()) {
    double seconds = 0;
    for (const auto& [attempt, trained] : found->second) {
      seconds += trained;
    }
    ended.train_seconds = seconds;
    train_seconds_.erase(found);
  }
  running.ended(row.run);
  ended_runs_.add(std::move(ended));
}

void Live::trained(RunId run, Attempt attempt, double seconds) {
  double& known = train_seconds_[run][attempt];
  known = std::max(known, seconds);
}

void Live::handed_out(SweepId sweep, const Moment& now) {
  sweeps_[sweep].works(now);
}

void Live::at_rest(SweepId sweep, const Moment& now) {
  sweeps_[sweep].rests(now);
}

std::vector<db::Write> Live::changes_of(const Effects& effects, TimePoint at) {
  std::vector<db::Write> changes;
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect);
        run != nullptr && is_terminal(run->standing.state)) {
      changes.emplace_back(db::Change{at, "run", change_of(*run)});
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect)) {
      changes.emplace_back(db::Change{at, "sweep", change_of(*sweep)});
    } else if (const auto* quarantine = std::get_if<PersistQuarantine>(&effect)) {
      changes.emplace_back(db::Change{at, "device", change_of(*quarantine)});
    }
  }
  return changes;
}

}  // namespace tarama::orchestrator
