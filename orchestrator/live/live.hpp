// What views see: the runs that train, the runs that ended, how far each sweep is, and the rows of
// the change feed. Told what is decided, before it is committed; nothing depends on it.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "db/run_store.hpp"
#include "orchestrator/live/ended_runs.hpp"
#include "orchestrator/live/progress.hpp"
#include "orchestrator/live/sweep_progress.hpp"
#include "orchestrator/sweeps/open_sweep.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace tarama::orchestrator {

/// A sweep that ended and was let go: what is still shown of it.
struct EndedSweep {
  std::string name;
  SweepState state = SweepState::finished;
  Account account;
  std::int64_t planned_steps = 0;
  std::int64_t steps_done = 0;
  double elapsed_seconds = 0;
  std::int64_t priority = 0;
};

class Live {
 public:
  Live();

  // ---- told ----
  /// The sweep is open again, or new: `records` as they stand.
  void opened(SweepId sweep, const OpenSweep& rows, const std::vector<RunRecord>& records);
  /// What is shown of it from now on.
  void closed(SweepId sweep, EndedSweep summary);
  void decided(const PersistRun& row, SweepId sweep, const OpenSweep& rows);
  /// How long the attempt has trained so far.
  void trained(RunId run, Attempt attempt, double seconds);
  void handed_out(SweepId sweep, const Moment& now);
  void at_rest(SweepId sweep, const Moment& now);

  // ---- shown ----
  Progress running;

  [[nodiscard]] const EndedRuns& ended_runs() const { return ended_runs_; }

  [[nodiscard]] const SweepProgress& progress_of(SweepId sweep) const { return sweeps_.at(sweep); }

  [[nodiscard]] const std::map<SweepId, EndedSweep>& ended_sweeps() const { return ended_sweeps_; }

  /// Rows of the change feed for what is decided: runs that ended, sweeps that changed state.
  [[nodiscard]] static std::vector<db::Write> changes_of(const Effects& effects, TimePoint at);

 private:
  EndedRuns ended_runs_;
  std::unordered_map<SweepId, SweepProgress> sweeps_;
  std::map<SweepId, EndedSweep> ended_sweeps_;
  std::unordered_map<RunId, std::map<Attempt, double>> train_seconds_;  // until the run's end
};

}  // namespace tarama::orchestrator
