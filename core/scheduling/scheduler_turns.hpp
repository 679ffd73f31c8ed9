// Whose turn it is to get a free slot, where several sweeps have runs to do: each gets of the
// devices' time what its weight is of the weights of all. Private to the scheduler.
//
// A sweep is served by the time that its runs are at work, and the next slot goes to the one that
// has been served least for its weight. Who waits is not served, while all others are: so
// everybody's turn comes, whatever the weights. Nothing of it is stored: after a restart all begin
// anew.
#pragma once

#include "core/scheduling/scheduler_book.hpp"

#include <chrono>
#include <cstdint>
#include <set>

namespace tarama::scheduling {

/// 1 of priority 0, one more for each step above it; below it a half, a third, and so on.
[[nodiscard]] double weight_of(std::int64_t priority);

/// What has been served since the last call counts for those whose runs were at work.
void count_turns(SchedulerBook& book, std::chrono::milliseconds awake);

/// A sweep that begins to have something to do, or does so again, comes in as if it had been served
/// as much as the one at work that was served least: what it did not ask for, it has not missed.
void let_in(SchedulerBook& book);

/// Nobody owes anybody anything: what was served was for other weights.
void begin_anew(SchedulerBook& book);

/// Of these sweeps the one whose turn it is; of equals the oldest. There is one.
[[nodiscard]] SweepId next_in_turn(SchedulerBook& book, const std::set<SweepId>& among);

}  // namespace tarama::scheduling
