// How far a sweep is, and how long it has been at work: counted as its runs end, so that a view
// costs what it shows and not what the sweep holds.
#pragma once

#include "core/scheduling/moment.hpp"
#include "core/sweep/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>

namespace tarama::orchestrator {

/// What stands for the length of a run whose steps are not planned. One at work is, as far as
/// anybody knows, half done: so the length is two halves.
inline constexpr std::int64_t unplanned_length = 2;

class SweepProgress {
 public:
  void run_ended(RunId run, std::int64_t planned_steps);
  /// The run is to be done (again).
  void run_pending(RunId run, std::int64_t planned_steps);

  /// A run is handed out. Time at rest (a pause, the time until a retry) does not count.
  void works(const Moment& now);
  void rests(const Moment& now);

  [[nodiscard]] std::int64_t ended_steps() const { return ended_steps_; }

  /// A run has ended since this orchestrator started.
  [[nodiscard]] bool has_seen_an_end() const { return began_ && ended_steps_ > steps_at_start_; }

  /// At work since this orchestrator started.
  [[nodiscard]] std::chrono::milliseconds elapsed(const Moment& now) const;

  /// At the pace since this orchestrator started; nullopt: nothing was done here yet.
  [[nodiscard]] std::optional<double> seconds_left(const Moment& now,
                                                   std::int64_t steps_done,
                                                   std::int64_t steps_planned) const;

 private:
  std::unordered_set<RunId> ended_;
  std::int64_t ended_steps_ = 0;                    // of those
  std::optional<std::chrono::milliseconds> began_;  // awake; moved on by each rest
  std::optional<std::chrono::milliseconds> rested_;
  std::int64_t steps_at_start_ = 0;
};

}  // namespace tarama::orchestrator
