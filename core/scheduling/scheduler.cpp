// Events to effects, one function for each kind of event.
#include "core/scheduling/scheduler.hpp"

#include "core/scheduling/lease.hpp"
#include "core/scheduling/scheduler_attempts.hpp"
#include "core/scheduling/scheduler_book.hpp"
#include "core/scheduling/scheduler_devices.hpp"
#include "core/scheduling/scheduler_handout.hpp"
#include "core/scheduling/scheduler_processes.hpp"
#include "core/scheduling/scheduler_restore.hpp"
#include "core/scheduling/scheduler_turns.hpp"
#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace tarama {

using namespace scheduling;

namespace {

/// How long a run may take to stop; nullopt: as long as it takes, since nobody waits for it.
std::optional<std::chrono::milliseconds> grace_of(StopCause cause) {
  switch (cause) {
    case StopCause::time_limit:
      return stop_grace;
    case StopCause::cancelled:
      return cancel_grace;
    case StopCause::drained:
      return drain_grace;
    case StopCause::paused:
    case StopCause::ended_early:
      return std::nullopt;
  }
  return std::nullopt;
}

/// What each event means. An unknown id, or an attempt that is not the newest, means nothing.
struct Handler {
  SchedulerBook& book;
  Moment now;
  Effects& effects;

  void operator()(const SweepSubmitted& event) {
    const SweepRecord& record = event.record;
    if (book.sweep(record.sweep) != nullptr) {
      return;
    }
    Sweep& sweep = book.add_sweep(record.sweep, record.state, record.rules);
    sweep.pause_reason = record.pause_reason;
    add_runs(sweep, record.runs);
    give_devices_a_chance(book, sweep);
    fit_state_to_runs(book, sweep, effects);
  }

  void operator()(const RunsAdded& event) {
    Sweep* const sweep = book.sweep(event.sweep);
    if (sweep == nullptr) {
      return;
    }
    const std::int64_t pending_before = sweep->account.pending;
    add_runs(*sweep, event.runs);
    give_devices_a_chance(book, *sweep);
    if (sweep->account.pending > pending_before) {
      book.reopen(*sweep, effects);
    }
  }

  void operator()(const RulesChanged& event) {
    if (Sweep* const sweep = book.sweep(event.sweep)) {
      if (sweep->rules.priority != event.rules.priority) {
        scheduling::begin_anew(book);
      }
      sweep->rules = event.rules;
      if (event.rules.is_searching && sweep->state == SweepState::finished) {
        book.reopen(*sweep, effects);
      }
      book.end_if_done(*sweep, effects);
    }
  }

  void operator()(const RanksChanged& event) {
    if (Sweep* const sweep = book.sweep(event.sweep)) {
      book.rank(*sweep, event.ranks);
    }
  }

  void operator()(const WorkerJoined& event) {
    if (book.worker(event.worker) == nullptr) {
      book.add_worker(event, now);
    }
  }

  void operator()(const SlotsSet& event) {
    if (Worker* const worker = book.worker(event.worker)) {
      book.set_slots(*worker, event.slots);
    }
  }

  void operator()(const WorkerLost& event) {
    if (const Worker* const worker = book.worker(event.worker)) {
      end_with_process(book, *worker, {event.why, event.message, event.signal}, now, effects);
      book.remove_worker(event.worker);
    }
  }

  void operator()(const WorkerAway& event) {
    if (Worker* const worker = book.worker(event.worker); worker != nullptr && !worker->is_away) {
      book.set_away(*worker, now);
    }
  }

  void operator()(const WorkerReturned& event) {
    Worker* const worker = book.worker(event.worker);
    if (worker == nullptr || worker->is_doomed) {
      return;
    }
    const std::set<RunId> expected = worker->runs;  // a copy: an end takes a run off the worker
    for (const RunId id : expected) {
      Run& run = *book.run(id);
      const HeldAttempt* const held = find_held(event, run);
      held != nullptr ? go_on(book, run, *held, now, effects)
                      : assign_again(book, run, now, effects);
    }
    for (const HeldAttempt& held : event.attempts) {
      if (run_at_work(event.worker, held.run, held.attempt) == nullptr) {
        effects.emplace_back(DropAttempt{event.worker, held.run, held.attempt});
      }
    }
    book.set_back(*worker, event.slots, now);
  }

  void operator()(const Heartbeat& event) {
    Worker* const worker = book.worker(event.worker);
    if (worker == nullptr) {
      return;
    }
    worker->last_beat = now.awake;
    for (const AttemptSigns& told : event.attempts) {
      if (Run* const run = run_at_work(event.worker, told.run, told.attempt)) {
        run->watch.told(told.signs, told.steps, now.awake);
        if (run->started_at && told.trained.count() > 0) {
          run->started_at = now.awake - told.trained;
        }
      }
    }
  }

  void operator()(const RunStarted& event) {
    if (Run* const run = run_at_work(event.worker, event.run, event.attempt)) {
      start(book, *run, event, now, effects);
    }
  }

  void operator()(const RunFinished& event) {
    Run* const run = run_at_work(event.worker, event.run, event.attempt);
    if (run == nullptr) {
      return;
    }
    switch (event.end) {
      case AttemptEnd::succeeded:
        return end_succeeded(book, *run, event.message, now, effects);
      case AttemptEnd::stopped:
        if (!run->stop && !run->was_put_back) {
          // Nobody asked for it but its worker, say for a signal: the next run would be handed to
          // a process that is about to end.
          book.see_leaving(*book.worker(event.worker));
        }
        return end_stopped(book, *run, event.message, now, effects);
      case AttemptEnd::failed:
        return end_failed(book, *run, failure_of(event), now, effects);
    }
  }

  void operator()(const RunAdvanced& event) {
    if (Run* const run = run_at_work(event.worker, event.run, event.attempt)) {
      advance(*run, effects);
    }
  }

  void operator()(const QuarantineKnown& event) {
    Device& device = book.add_device(event.device);
    if (!device.health.quarantine()) {
      device.health.restore({event.began_at, event.reason, event.failed_tries, {}});
    }
  }

  void operator()(const CancelAsked& event) {
    if (event.run) {
      if (Run* const run = book.run_of(event.sweep, *event.run)) {
        cancel(book, *run, now, effects);
      }
      return;
    }
    Sweep* const sweep = book.sweep(event.sweep);
    if (sweep == nullptr || sweep->has_ended || sweep->state == SweepState::cancelled) {
      return;
    }
    book.mark_cancelled(*sweep);
    for (const RunId id : sweep->runs) {
      cancel(book, *book.run(id), now, effects);
    }
    book.end_if_done(*sweep, effects);  // none of them was left, and only its search went on
    if (!sweep->has_ended) {
      // Durable at once, so that a crash before the last worker answers does not undo it.
      effects.emplace_back(PersistSweep{sweep->id, SweepState::cancelled});
    }
  }

  void operator()(const PauseAsked& event) {
    if (event.run) {
      if (Run* const run = book.run_of(event.sweep, *event.run)) {
        pause(*run);
      }
      return;
    }
    Sweep* const sweep = book.sweep(event.sweep);
    if (sweep == nullptr ||
        (sweep->state != SweepState::running && !sweep->is_paused_by_itself())) {
      return;
    }
    book.set_state(*sweep, SweepState::paused, effects);
    for (const RunId id : sweep->active) {
      ask_to_stop(*book.run(id), StopCause::paused, now, effects);
    }
  }

  void operator()(const ResumeAsked& event) {
    if (event.run) {
      if (Run* const run = book.run_of(event.sweep, *event.run)) {
        book.release_hold(*run, effects);
      }
      return;
    }
    Sweep* const sweep = book.sweep(event.sweep);
    if (sweep == nullptr || !is_going_on(sweep->state)) {
      return;
    }
    give_devices_a_chance(book, *sweep);
    if (sweep->alike.count() >= most_failures_alike) {
      sweep->alike.never_again();  // whoever says so has seen why it paused
    }
    if (sweep->state == SweepState::paused) {
      book.set_state(*sweep, SweepState::running, effects);
    }
  }

  void operator()(const RetryAsked& event) {
    if (event.run) {
      if (Run* const run = book.run_of(event.sweep, *event.run)) {
        retry(*run);
      }
      return;
    }
    if (Sweep* const sweep = book.sweep(event.sweep)) {
      for (const RunId id : sweep->runs) {
        Run& run = *book.run(id);
        const bool is_meant = run.record.standing.state == RunState::failed ||
                              (run.record.standing.state == RunState::cancelled &&
                               event.which == RetryAsked::Which::failed_and_cancelled);
        if (is_meant) {
          retry(run);
        }
      }
      try_anew(*sweep);
    }
  }

  void operator()(const EndEarlyAsked& event) {
    if (Run* const run = book.run_of(event.sweep, event.run)) {
      end_early(book, *run, event.message, now, effects);
    }
  }

  void operator()(const DrainAsked&) {
    book.is_draining = true;
    for (const RunId id : book.active_runs()) {
      ask_to_stop(*book.run(id), StopCause::drained, now, effects);
    }
  }

  void operator()(const Tick&) {
    for (const RunId id : book.active_runs()) {
      check_time(*book.run(id));
    }
    for (auto& [id, worker] : book.workers()) {
      check_life(worker);
    }
  }

 private:
  /// Whoever tries again what failed alike has mended it.
  void try_anew(Sweep& sweep) {
    const bool was_alike = sweep.alike.count() >= most_failures_alike;
    sweep.alike.begin_anew();
    if (was_alike && sweep.is_paused_by_itself()) {
      book.set_state(sweep, SweepState::running, effects);
    }
  }

  void add_runs(Sweep& sweep, const std::vector<RunRecord>& runs) {
    for (const RunRecord& run : runs) {
      TARAMA_ASSERT(!is_active(run.standing.state), "only `restore` meets runs that were at work");
      book.add_run(sweep, run);
    }
    book.tie(sweep, runs);
  }

  /// The run if this is the attempt that the worker has at hand.
  Run* run_at_work(WorkerId worker, RunId id, Attempt attempt) {
    Run* const run = book.run(id);
    const bool is_at_hand = run != nullptr && is_active(run->record.standing.state) &&
                            run->record.standing.attempt == attempt && run->worker == worker;
    return is_at_hand ? run : nullptr;
  }

  void pause(Run& run) {
    if (is_terminal(run.record.standing.state) ||
        run.record.standing.state == RunState::cancelling) {
      return;
    }
    book.hold(run, effects);
    if (is_active(run.record.standing.state)) {
      ask_to_stop(run, StopCause::paused, now, effects);
    }
  }

  void retry(Run& run) {
    // What a search stopped is a result; it is tried again only if it is named.
    if (!may_move(run.record.standing.state, RunState::pending) ||
        !is_terminal(run.record.standing.state)) {
      return;
    }
    run.record.standing.failed_attempts = 0;
    run.record.standing.failure.reset();
    run.record.standing.message.clear();
    run.record.standing.losses_in_row = 0;
    give_devices_a_chance(book, book.sweep_of(run));
    book.reopen(book.sweep_of(run), effects);
    book.move(run, RunState::pending, effects);
  }

  static const HeldAttempt* find_held(const WorkerReturned& event, const Run& run) {
    const auto found = std::ranges::find_if(event.attempts, [&](const HeldAttempt& held) {
      return held.run == run.record.run && held.attempt == run.record.standing.attempt;
    });
    return found == event.attempts.end() ? nullptr : &*found;
  }

  void check_life(Worker& worker) {
    if (worker.is_doomed) {
      return;
    }
    const std::chrono::milliseconds silence = now.awake - worker.last_beat;
    if (worker.is_away && silence > book.return_time) {
      kill(worker,
           FailureClass::lost,
           fmt::format("it did not come back within {} s", book.return_time.count() / 1000));
    } else if (!worker.is_away && silence > lease_time) {
      kill(worker,
           FailureClass::hung,
           fmt::format("no sign of life for {} s", lease_time.count() / 1000));
    } else if (worker.must_leave_since && now.awake - *worker.must_leave_since > stop_grace) {
      kill(worker, FailureClass::hung, "its device failed, and it did not end");
    }
  }

  void check_time(Run& run) {
    const auto& limit = book.sweep_of(run).rules.time_limit;
    if (!run.stop && limit && run.started_at && now.awake - *run.started_at > *limit) {
      ask_to_stop(run, StopCause::time_limit, now, effects);
    }
    const auto grace = run.stop ? grace_of(*run.stop) : std::nullopt;
    Worker& worker = *book.worker(run.worker);
    if (worker.is_doomed) {
      return;
    }
    if (grace && now.awake - run.stop_asked_at > *grace) {
      worker.killed_for = run.record.run;
      kill(worker,
           FailureClass::hung,
           fmt::format("run {} did not stop within {} s", run.record.run, grace->count() / 1000));
    } else if (!worker.is_away && run.watch.is_hung(now.awake)) {
      worker.killed_for = run.record.run;
      kill(worker,
           FailureClass::hung,
           fmt::format("run {} made no progress for {} s",
                       run.record.run,
                       run.watch.silence(now.awake).count() / 1000));
    }
  }

  Failure failure_of(const RunFinished& event) {
    Failure told{event.failure, event.message};
    told.had_own_process = event.had_own_process;
    const bool is_of_process =
        event.failure == FailureClass::device_error && !event.had_own_process;
    return is_of_process ? failure_with_device(book, *book.worker(event.worker), told, now) : told;
  }

  void kill(Worker& worker, FailureClass why, std::string message) {
    book.doom(worker);
    effects.emplace_back(KillWorker{worker.id, why, std::move(message)});
  }
};

}  // namespace

Scheduler::Scheduler() : state_(std::make_unique<State>()) {}

Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

Scheduler Scheduler::restore(std::vector<SweepRecord> sweeps,
                             Moment now,
                             Effects& effects,
                             const std::vector<RestoredWorker>& workers) {
  Scheduler scheduler;
  scheduling::restore(*scheduler.state_, sweeps, workers, now, effects);
  return scheduler;
}

void Scheduler::set_return_time(std::chrono::milliseconds time) {
  state_->return_time = time;
}

Effects Scheduler::handle(const Event& event, Moment now) {
  Effects effects;
  count_turns(*state_, now.awake);
  std::visit(Handler{*state_, now, effects}, event);
  hand_out(*state_, now, effects);
  return effects;
}

void Scheduler::let_go(SweepId sweep) {
  state_->remove_sweep(sweep);
}

}  // namespace tarama
