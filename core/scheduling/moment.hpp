// Time as the scheduler is told it: what a person's clock shows, for rows, and how long this
// process has been awake, for leases and limits. Time that a process did not live through (the
// machine asleep, the process stopped, the clock set) counts against nobody.
#pragma once

#include "core/sweep/ids.hpp"

#include <chrono>

namespace tarama {

struct Moment {
  TimePoint wall;
  std::chrono::milliseconds awake{};  // since some moment; never goes back

  Moment(TimePoint at, std::chrono::milliseconds awake_for) : wall(at), awake(awake_for) {}

  /// Of a clock that never sleeps and is never set: tests, and rebuilding from rows.
  Moment(TimePoint at) : wall(at), awake(at.milliseconds) {}
};

}  // namespace tarama
