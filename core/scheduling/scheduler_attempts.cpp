// What an attempt's start, end or loss means for its run.
#include "core/scheduling/scheduler_attempts.hpp"

#include "core/scheduling/back_off.hpp"
#include "core/scheduling/retry_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tarama::scheduling {

namespace {

// A step of it may be what hangs a device, but most often it is just long.
const Failure overdue{.failure = FailureClass::time_limit,
                      .message = "the run took longer than the sweep's time_limit"};

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

void move_to_stopped(SchedulerBook& book, Run& run, const std::string& why, Effects& effects) {
  run.record.standing.failure.reset();
  run.record.standing.message = why;
  book.sweep_of(run).alike.never_again();
  book.move(run, RunState::stopped, effects);
}

/// It was given up, and is not tried again however its attempt ended.
bool is_given_up(const Run& run) {
  return run.stop == StopCause::ended_early && run.record.standing.state != RunState::cancelling;
}

/// What the failure says about the run's next attempt, before this one leaves its device.
struct Lesson {
  std::string device;
  std::int64_t beside = 0;  // other runs at work there
  bool is_held_against_device = false;
  bool was_trial = false;  // of a device that was known to be sick
};

Lesson lesson_of(
    SchedulerBook& book, const Run& run, const Failure& failure, Moment now, Effects& effects) {
  const Device& device = book.device_of(run);
  Lesson lesson{.device = device.name,
                .beside = static_cast<std::int64_t>(device.runs.size()) - 1,
                .is_held_against_device = false,
                .was_trial = device.health.run_on_trial() == run.record.run};
  lesson.is_held_against_device = is_held_against_device(book, run, failure, now, effects);
  return lesson;
}

void note_setback(
    SchedulerBook& book, const Run& run, const Failure& failed, const Lesson& lesson, Moment now) {
  Setbacks& setbacks = book.setbacks_to_note(run);
  setbacks.failures_in_row = run.has_advanced ? 1 : setbacks.failures_in_row + 1;
  setbacks.failure = failed.failure;
  setbacks.rests_until = now.awake + back_off(setbacks.failures_in_row);
  const bool is_full = failed.failure == FailureClass::out_of_memory;
  if (const std::int64_t beside = is_full ? lesson.beside : failed.beside; beside > 0) {
    // Half of them: on a device of eight it is alone at the fourth attempt at the latest.
    const std::int64_t fewer = beside / 2;
    setbacks.most_beside = std::min(fewer, setbacks.most_beside.value_or(fewer));
  } else if (is_full || lesson.is_held_against_device) {
    setbacks.failed_on.insert(lesson.device);
  }
}

/// After some of them in a row no run of the sweep is handed out for a time.
void note_full_disk(
    SchedulerBook& book, Sweep& sweep, const std::string& message, Moment now, Effects& effects) {
  ++sweep.full_disks_in_row;
  if (sweep.full_disks_in_row < most_full_disks_in_row || sweep.state != SweepState::running) {
    return;
  }
  book.set_state(
      sweep,
      SweepState::paused,
      effects,
      fmt::format("{} attempts in a row {} ({})", sweep.full_disks_in_row, found_no_room, message));
  sweep.rests_until = now.awake + rest_of_full_disk;
}

/// Behind the failure of a run that is over.
void note_alike(
    SchedulerBook& book, Sweep& sweep, const Failure& failed, Moment now, Effects& effects) {
  const bool is_to_wait = sweep.alike.failed(failed.failure, failed.message);
  const bool has_more = sweep.account.pending > 0 || sweep.rules.is_searching;
  if (!is_to_wait || !has_more || sweep.state != SweepState::running) {
    return;
  }
  book.set_state(sweep,
                 SweepState::paused,
                 effects,
                 fmt::format("{} runs in a row {} ({}: {}); once that is mended `tarama retry {} "
                             "--failed` tries them again; a script that was edited is another "
                             "sweep: its file again, with --set name=NAME",
                             sweep.alike.count(),
                             failed_alike,
                             name_of(failed.failure),
                             failed.message,
                             sweep.id));
  sweep.rests_until = now.awake + sweep.alike.next_rest();
}

/// With what it begins, and whether it keeps its state, as it stands now.
AssignRun assignment_of(SchedulerBook& book, const Run& run) {
  const Run* const provider = book.beginnings().provider_of(run);
  const bool has_provider = provider != nullptr && is_terminal(provider->record.standing.state);
  return {.worker = run.worker,
          .run = run.record.run,
          .attempt = run.record.standing.attempt,
          .begins_with = has_provider ? provider->record.run : RunId{},
          .keeps_state = book.beginnings().decide_to_keep(run.record.run)};
}

}  // namespace

void lease(SchedulerBook& book, Run& run, Worker& worker, Moment now, Effects& effects) {
  run.record.standing.attempt = next(run.record.standing.attempt);
  run.watch = ProgressWatch(now.awake);
  run.was_put_back = false;
  book.occupy(run, worker);
  ++book.sweep_of(run).handed_out;
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
  effects.emplace_back(assignment_of(book, run));
}

void start(SchedulerBook& book, Run& run, const RunStarted& said, Moment now, Effects& effects) {
  if (run.started_at) {
    return;  // said twice
  }
  run.started_at = now.awake;
  PersistAttempt row;
  row.run = run.record.run;
  row.attempt = run.record.standing.attempt;
  row.started_at = now.wall;
  row.first_step = said.first_step;
  if (said.from_run != RunId{}) {
    row.from_run = said.from_run;
    row.from_step = said.from_step;
  }
  effects.emplace_back(std::move(row));
  if (run.record.standing.state == RunState::leased) {
    book.move(run, RunState::running, effects);
  }
}

void go_on(SchedulerBook& book, Run& run, const HeldAttempt& held, Moment now, Effects& effects) {
  run.watch.excuse(now.awake);
  if (held.first_step) {
    start(book,
          run,
          {.worker = run.worker,
           .run = held.run,
           .attempt = held.attempt,
           .first_step = *held.first_step,
           .from_run = held.from_run,
           .from_step = held.from_step},
          now,
          effects);
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
    end_stopped(book, run, "", now, effects);
    return;
  }
  run.watch = ProgressWatch(now.awake);
  effects.emplace_back(assignment_of(book, run));
}

void advance(Run& run, Effects& effects) {
  run.has_advanced = true;
  if (run.record.standing.losses_in_row > 0) {
    run.record.standing.losses_in_row = 0;
    effects.emplace_back(row_of(run));
  }
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

void end_early(
    SchedulerBook& book, Run& run, const std::string& why, Moment now, Effects& effects) {
  const RunState state = run.record.standing.state;
  if (state == RunState::pending) {
    move_to_stopped(book, run, why, effects);
  } else if (state == RunState::leased || state == RunState::running) {
    run.given_up_since = why;
    ask_to_stop(run, StopCause::ended_early, now, effects);
  }
}

void end_succeeded(
    SchedulerBook& book, Run& run, const std::string& note, Moment now, Effects& effects) {
  note_sound_end(book, run, now, effects);
  book.sweep_of(run).full_disks_in_row = 0;
  book.sweep_of(run).alike.never_again();
  end(book, run, name_of(RunState::succeeded), note, now, effects);
  if (run.record.standing.state == RunState::leased) {
    // Its start was never heard of, but must have been.
    book.move(run, RunState::running, effects);
  }
  book.move(run, RunState::succeeded, effects);
}

void end_stopped(
    SchedulerBook& book, Run& run, const std::string& note, Moment now, Effects& effects) {
  if (run.stop != StopCause::time_limit) {
    run.has_advanced ? note_sound_end(book, run, now, effects) : note_empty_end(book, run);
  }
  if (run.record.standing.state == RunState::cancelling) {
    end(book, run, name_of(RunState::cancelled), "", now, effects);
    book.move(run, RunState::cancelled, effects);
  } else if (run.stop == StopCause::time_limit) {
    end_failed(book, run, overdue, now, effects);
  } else {
    const bool is_over = is_given_up(run);
    end(book, run, name_of(RunState::stopped), note, now, effects);
    is_over ? move_to_stopped(book, run, run.given_up_since, effects)
            : book.move(run, RunState::pending, effects);
  }
}

void end_failed(
    SchedulerBook& book, Run& run, const Failure& failed, Moment now, Effects& effects) {
  const bool is_cancelled = run.record.standing.state == RunState::cancelling;
  const bool is_over = is_given_up(run);
  const Lesson lesson = lesson_of(book, run, failed, now, effects);
  const FailureClass failure = failed.failure;
  end(book, run, name_of(failure), failed.message, now, effects);
  RunStanding& standing = run.record.standing;
  const bool is_no_surprise = lesson.was_trial && lesson.is_held_against_device;
  const bool is_its_own = costs_a_restart(failure) && failed.beside == 0;
  standing.failed_attempts += is_its_own && !is_no_surprise ? 1 : 0;
  standing.losses_in_row = failure == FailureClass::lost ? standing.losses_in_row + 1 : 0;
  const FailuresSoFar so_far{standing.failed_attempts, standing.losses_in_row};
  const std::int64_t max_restarts = book.sweep_of(run).rules.max_restarts;
  if (is_over) {
    move_to_stopped(book, run, run.given_up_since, effects);
  } else if (!is_cancelled && is_tried_again(failure, so_far, max_restarts)) {
    note_setback(book, run, failed, lesson, now);
    book.move(run, RunState::pending, effects);
    if (failure == FailureClass::disk_full) {
      note_full_disk(book, book.sweep_of(run), failed.message, now, effects);
    }
  } else {
    move_to_failed(book, run, failure, failed.message, effects);
    if (!is_cancelled) {
      note_alike(book, book.sweep_of(run), failed, now, effects);
    }
  }
}

void end_with_worker(
    SchedulerBook& book, Run& run, const Failure& loss, Moment now, Effects& effects) {
  if (run.record.standing.state == RunState::cancelling) {
    note_empty_end(book, run);
    end(book, run, name_of(RunState::cancelled), loss.message, now, effects);
    book.move(run, RunState::cancelled, effects);
  } else if (run.stop == StopCause::time_limit) {
    // We killed the worker because the overdue run would not stop.
    end_failed(book, run, overdue, now, effects);
  } else if (run.stop == StopCause::drained && loss.failure == FailureClass::hung) {
    // We ended the worker because we had to go: that is no fault of the run.
    end_failed(book, run, {FailureClass::lost, loss.message}, now, effects);
  } else {
    end_failed(book, run, loss, now, effects);
  }
}

void end_lost(SchedulerBook& book, Run& run, Moment now, Effects& effects) {
  const bool is_cancelled = run.record.standing.state == RunState::cancelling;
  const std::string_view outcome =
      is_cancelled ? name_of(RunState::cancelled) : name_of(FailureClass::lost);
  const std::string message = "the orchestrator was restarted";
  effects.emplace_back(ending(run, outcome, message, now));
  RunStanding& standing = run.record.standing;
  standing.losses_in_row += is_cancelled ? 0 : 1;
  const FailuresSoFar so_far{standing.failed_attempts, standing.losses_in_row};
  if (is_cancelled) {
    book.move(run, RunState::cancelled, effects);
  } else if (is_tried_again(FailureClass::lost, so_far, 0)) {
    book.move(run, RunState::pending, effects);
  } else {
    move_to_failed(book, run, FailureClass::lost, message, effects);
  }
}

}  // namespace tarama::scheduling
