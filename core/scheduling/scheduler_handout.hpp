// Which pending run goes to which free slot, and why others wait. Private to the scheduler.
#pragma once

#include "core/scheduling/scheduler_book.hpp"

#include <vector>

namespace tarama::scheduling {

/// Fills free slots, one after the other: by the turns of the sweeps (scheduler_turns.hpp), within
/// a sweep by RunOrder; to the least busy worker that the sweep's devices allow.
void hand_out(SchedulerBook& book, Moment now, Effects& effects);

/// Why the sweep's pending runs are not running.
[[nodiscard]] std::vector<Waiting> reasons_to_wait(SchedulerBook& book, const Sweep& sweep);

}  // namespace tarama::scheduling
