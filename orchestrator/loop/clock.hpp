// Time as the service lives it: wall time for people, and time awake for leases and limits. What
// passed while the machine slept, the process was stopped or the clock was set counts for nothing.
#pragma once

#include "core/scheduling/awake_time.hpp"
#include "core/scheduling/moment.hpp"

#include <chrono>
#include <functional>

namespace tarama::orchestrator {

/// The clocks of the machine; those of tests give what they are told.
struct ClockSource {
  std::function<TimePoint()> wall;
  std::function<std::chrono::milliseconds()> steady;  // never set; may stand still in sleep
};

[[nodiscard]] ClockSource system_clocks();

/// On the event loop's thread.
class Clock {
 public:
  /// `period`: how often `tick` is called.
  Clock(ClockSource source, std::chrono::milliseconds period);

  [[nodiscard]] Moment now() const;

  /// The loop lives. Between two ticks at most three periods count: longer than that, it stood
  /// still. Whether it did.
  bool tick();

 private:
  ClockSource source_;
  AwakeTime awake_;
};

}  // namespace tarama::orchestrator
