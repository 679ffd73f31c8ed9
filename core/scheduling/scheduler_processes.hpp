// What the failure or end of a worker's process means for each of the runs in it: whose doing it
// was is known of a process with one run, and of one that we ended for a run. Else it may have been
// any of them: it counts against none, and they are kept further apart until one fails alone.
// Private to the scheduler. docs/FAILURES.md says the rule in words.
#pragma once

#include "core/scheduling/scheduler_book.hpp"
#include "core/scheduling/scheduler_devices.hpp"

namespace tarama::scheduling {

/// The first of a worker's runs, or a further one, says that its device has failed: what that is to
/// the run. The process ends by itself now that it has been said, or is to be killed.
[[nodiscard]] Failure failure_with_device(SchedulerBook& book,
                                          Worker& worker,
                                          const Failure& told,
                                          Moment now);

/// Its process has ended: so do its attempts.
void end_with_process(
    SchedulerBook& book, const Worker& worker, const Failure& loss, Moment now, Effects& effects);

}  // namespace tarama::scheduling
