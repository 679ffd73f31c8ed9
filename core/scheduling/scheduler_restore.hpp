// The scheduler's memory from the store's rows, as after a crash. Private to the scheduler.
#pragma once

#include "core/scheduling/scheduler_book.hpp"

#include <vector>

namespace tarama::scheduling {

/// After a sweep's records were taken as they are: its state must fit them.
void fit_state_to_runs(SchedulerBook& book, Sweep& sweep, Effects& effects);

/// See Scheduler::restore.
void restore(SchedulerBook& book,
             const std::vector<SweepRecord>& sweeps,
             const std::vector<RestoredWorker>& workers,
             Moment now,
             Effects& effects);

}  // namespace tarama::scheduling
