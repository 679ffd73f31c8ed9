// The life of one attempt: leased, started, asked to stop, ended. Private to the scheduler.
#pragma once

#include "core/scheduling/scheduler_book.hpp"
#include "core/scheduling/scheduler_devices.hpp"

#include <string>
#include <string_view>

namespace tarama::scheduling {

/// Opens the run's next attempt on the worker: leased, and assigned once that is stored.
void lease(SchedulerBook& book, Run& run, Worker& worker, Moment now, Effects& effects);

/// The worker says that it began.
void start(SchedulerBook& book, Run& run, const RunStarted& said, Moment now, Effects& effects);

/// The worker of an attempt is back. It still holds it: asked again to stop, if it was to.
void go_on(SchedulerBook& book, Run& run, const HeldAttempt& held, Moment now, Effects& effects);

/// The worker is back without it, so that it never got it: assigned again, or over if it was to
/// stop.
void assign_again(SchedulerBook& book, Run& run, Moment now, Effects& effects);

/// It made a step that no earlier attempt had.
void advance(Run& run, Effects& effects);

/// Asks once; a later cause that weighs more (cancelled) takes the place of an earlier one.
void ask_to_stop(Run& run, StopCause cause, Moment now, Effects& effects);

/// Pending: cancelled at once. Active: cancelling, its worker asked to stop. Else nothing.
void cancel(SchedulerBook& book, Run& run, Moment now, Effects& effects);

/// What a search method gives up: stopped for good, at once or when its worker has stopped.
void end_early(SchedulerBook& book, Run& run, const std::string& why, Moment now, Effects& effects);

// How an attempt ends, a function for each way; the slot is free then.

void end_succeeded(
    SchedulerBook& book, Run& run, const std::string& note, Moment now, Effects& effects);

/// It stopped as we asked: cancelled, failed by its time limit, or pending at no cost.
void end_stopped(
    SchedulerBook& book, Run& run, const std::string& note, Moment now, Effects& effects);

/// It failed: the run is tried again if the policy says so, else failed.
void end_failed(
    SchedulerBook& book, Run& run, const Failure& failure, Moment now, Effects& effects);

/// The worker is gone with what it ran: by its loss, unless we had asked for the end.
void end_with_worker(
    SchedulerBook& book, Run& run, const Failure& loss, Moment now, Effects& effects);

/// An earlier orchestrator had handed it out, and this one knows no worker of it: see
/// Scheduler::restore.
void end_lost(SchedulerBook& book, Run& run, Moment now, Effects& effects);

}  // namespace tarama::scheduling
