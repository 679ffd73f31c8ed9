// What an attempt's start, end or loss means for its run.
#include "core/scheduling/scheduler_attempts.hpp"

#include "core/scheduling/retry_policy.hpp"

namespace tarama::scheduling {

namespace {

constexpr std::string_view overdue_message = "the run took longer than the sweep's time_limit";

PersistAttempt ending(const Run& run,
                      std::string_view outcome,
                      const std::string& message,
                      Moment now) {
  PersistAttempt row;
  row.run = run.record.run;
  row.attempt = run.record.standing.attempt;
  row.ended_at = now.wall;
  row.outcome = std::string(outcome);
  if (!message.empty()) {
    row.message = message;
  }
  return row;
}

/// The attempt is over and its slot free; the run's state is moved by the caller.
void end(SchedulerBook& book,
         Run& run,
         std::string_view outcome,
         const std::string& message,
         Moment now,
         Effects& effects) {
  effects.emplace_back(ending(run, outcome, message, now));
  book.vacate(run);
}

void move_to_failed(SchedulerBook& book,
                    Run& run,
                    FailureClass failure,
                    const std::string& message,
                    Effects& effects) {
  run.record.standing.failure = failure;
  run.record.standing.message = message;
  book.move(run, RunState::failed, effects);
}

}  // namespace

void lease(SchedulerBook& book, Run& run, Worker& worker, Moment now, Effects& effects) {
  run.record.standing.attempt = next(run.record.standing.attempt);
  run.watch = ProgressWatch(now.awake);
  run.was_put_back = false;
  book.occupy(run, worker);
  book.move(run, RunState::leased, effects);

  PersistAttempt row;
  row.run = run.record.run;
  row.attempt = run.record.standing.attempt;
  row.worker = worker.id;
  if (!worker.session.empty()) {
    row.session = worker.session;
  }
  row.device = worker.device;
  row.leased_at = now.wall;
  effects.emplace_back(std::move(row));
  effects.emplace_back(AssignRun{worker.id, run.record.run, run.record.standing.attempt});
}

void start(SchedulerBook& book, Run& run, std::int64_t first_step, Moment now, Effects& effects) {
  if (run.started_at) {
    return;  // said twice
  }
  run.started_at = now.awake;
  PersistAttempt row;
  row.run = run.record.run;
  row.attempt = run.record.standing.attempt;
  row.started_at = now.wall;
  row.first_step = first_step;
  effects.emplace_back(std::move(row));
  if (run.record.standing.state == RunState::leased) {
    book.move(run, RunState::running, effects);
  }
}

void go_on(SchedulerBook& book, Run& run, const HeldAttempt& held, Moment now, Effects& effects) {
  run.watch.excuse(now.awake);
  if (held.first_step) {
    start(book, run, *held.first_step, now, effects);
    // It trained while nobody listened, and that counts.
    run.started_at = now.awake - held.running;
  }
  if (run.stop) {
    run.stop_asked_at = now.awake;
    effects.emplace_back(
        StopRun{run.worker, run.record.run, run.record.standing.attempt, *run.stop});
  }
}

void assign_again(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  if (run.stop || run.record.standing.state == RunState::cancelling) {
    end_stopped(book, run, now, effects);
    return;
  }
  run.watch = ProgressWatch(now.awake);
  effects.emplace_back(AssignRun{run.worker, run.record.run, run.record.standing.attempt});
}

void ask_to_stop(Run& run, StopCause cause, Moment now, Effects& effects) {
  const bool was_asked = run.stop.has_value();
  if (was_asked && cause != StopCause::cancelled && cause != StopCause::ended_early) {
    return;
  }
  run.stop = cause;
  run.stop_asked_at = now.awake;
  if (!was_asked) {
    effects.emplace_back(StopRun{run.worker, run.record.run, run.record.standing.attempt, cause});
  }
}

void cancel(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  using enum RunState;
  const RunState state = run.record.standing.state;
  if (state == pending) {
    book.move(run, cancelled, effects);
  } else if (state == leased || state == running) {
    book.move(run, cancelling, effects);
    ask_to_stop(run, StopCause::cancelled, now, effects);
  }
}

void end_early(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  const RunState state = run.record.standing.state;
  if (state == RunState::pending) {
    book.move(run, RunState::stopped, effects);
  } else if (state == RunState::leased || state == RunState::running) {
    ask_to_stop(run, StopCause::ended_early, now, effects);
  }
}

void end_succeeded(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  end(book, run, name_of(RunState::succeeded), "", now, effects);
  if (run.record.standing.state == RunState::leased) {
    // Its start was never heard of, but must have been.
    book.move(run, RunState::running, effects);
  }
  book.move(run, RunState::succeeded, effects);
}

void end_stopped(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  if (run.record.standing.state == RunState::cancelling) {
    end(book, run, name_of(RunState::cancelled), "", now, effects);
    book.move(run, RunState::cancelled, effects);
  } else if (run.stop == StopCause::time_limit) {
    end_failed(book, run, FailureClass::time_limit, std::string(overdue_message), now, effects);
  } else {
    const bool is_over = run.stop == StopCause::ended_early;
    end(book, run, name_of(RunState::stopped), "", now, effects);
    book.move(run, is_over ? RunState::stopped : RunState::pending, effects);
  }
}

void end_failed(SchedulerBook& book,
                Run& run,
                FailureClass failure,
                const std::string& message,
                Moment now,
                Effects& effects) {
  const bool is_cancelled = run.record.standing.state == RunState::cancelling;
  end(book, run, name_of(failure), message, now, effects);
  run.record.standing.failed_attempts += costs_a_restart(failure) ? 1 : 0;
  const std::int64_t max_restarts = book.sweep_of(run).rules.max_restarts;
  if (!is_cancelled && is_tried_again(failure, run.record.standing.failed_attempts, max_restarts)) {
    book.move(run, RunState::pending, effects);
  } else {
    move_to_failed(book, run, failure, message, effects);
  }
}

void end_with_worker(
    SchedulerBook& book, Run& run, const WorkerLost& loss, Moment now, Effects& effects) {
  if (run.record.standing.state == RunState::cancelling) {
    end(book, run, name_of(RunState::cancelled), loss.message, now, effects);
    book.move(run, RunState::cancelled, effects);
  } else if (run.stop == StopCause::time_limit) {
    // We killed the worker because the overdue run would not stop.
    end_failed(book, run, FailureClass::time_limit, std::string(overdue_message), now, effects);
  } else if (run.stop == StopCause::drained && loss.why == FailureClass::hung) {
    // We ended the worker because we had to go: that is no fault of the run.
    end_failed(book, run, FailureClass::lost, loss.message, now, effects);
  } else {
    end_failed(book, run, loss.why, loss.message, now, effects);
  }
}

void end_lost(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  const bool is_cancelled = run.record.standing.state == RunState::cancelling;
  const std::string_view outcome =
      is_cancelled ? name_of(RunState::cancelled) : name_of(FailureClass::lost);
  effects.emplace_back(ending(run, outcome, "the orchestrator was restarted", now));
  book.move(run, is_cancelled ? RunState::cancelled : RunState::pending, effects);
}

}  // namespace tarama::scheduling
