// What was at work goes back to its worker, or is over.
#include "core/scheduling/scheduler_restore.hpp"

#include "core/scheduling/scheduler_attempts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tarama::scheduling {

namespace {

/// Who has an attempt at hand.
struct AtHand {
  WorkerId worker;
  bool has_started = false;
};

using AttemptsAtHand = std::map<std::pair<RunId, Attempt>, AtHand>;

/// Puts the run where it was before the crash: at work, on a worker that is away.
void put_back(
    SchedulerBook& book, const Sweep& sweep, Run& run, const AtHand& at_hand, Moment now) {
  Worker* const worker = book.worker(at_hand.worker);
  worker->slots = std::max(worker->slots, static_cast<std::int64_t>(worker->runs.size()) + 1);
  book.occupy(run, *worker);
  run.watch = ProgressWatch(now.awake);
  run.was_put_back = true;
  if (at_hand.has_started) {
    run.started_at = now.awake;  // until its worker says for how long it has been
  }
  if (run.record.standing.state == RunState::cancelling) {
    run.stop = StopCause::cancelled;
  } else if ((sweep.state == SweepState::paused && !sweep.is_paused_by_itself()) ||
             run.record.standing.is_held) {
    run.stop = StopCause::paused;  // it may not have heard of it
  }
  run.stop_asked_at = now.awake;
}

AttemptsAtHand add_workers(SchedulerBook& book,
                           const std::vector<RestoredWorker>& workers,
                           Moment now) {
  AttemptsAtHand at_hand;
  for (const RestoredWorker& worker : workers) {
    book.add_worker({.worker = worker.worker, .device = worker.device, .session = worker.session},
                    now);
    book.set_away(*book.worker(worker.worker), now);
    for (const RestoredAttempt& attempt : worker.attempts) {
      at_hand[{attempt.run, attempt.attempt}] = {worker.worker, attempt.has_started};
    }
  }
  return at_hand;
}

void restore_sweep(SchedulerBook& book,
                   const SweepRecord& record,
                   const AttemptsAtHand& at_hand,
                   Moment now,
                   Effects& effects) {
  Sweep& sweep = book.add_sweep(record.sweep, record.state, record.rules);
  sweep.pause_reason = record.pause_reason;
  for (const RunRecord& run : record.runs) {
    book.add_run(sweep, run);
  }
  book.tie(sweep, record.runs);
  if (sweep.account.succeeded + sweep.account.stopped > 0) {
    sweep.alike.never_again();
  }
  const std::set<RunId> active = sweep.active;  // a copy: its end takes a run out
  for (const RunId id : active) {
    Run& run = *book.run(id);
    const auto found = at_hand.find({id, run.record.standing.attempt});
    if (found == at_hand.end()) {
      end_lost(book, run, now, effects);
    } else {
      put_back(book, sweep, run, found->second, now);
    }
  }
  fit_state_to_runs(book, sweep, effects);
}

}  // namespace

void fit_state_to_runs(SchedulerBook& book, Sweep& sweep, Effects& effects) {
  const Account& account = sweep.account;
  if (account.pending > 0) {
    book.reopen(sweep, effects);  // `extend` was stored, and we died before it was handled
  } else if (!is_going_on(sweep.state) && account.leased + account.running == 0) {
    book.mark_ended(sweep);  // said in an earlier life
  } else {
    book.end_if_done(sweep, effects);
  }
}

void restore(SchedulerBook& book,
             const std::vector<SweepRecord>& sweeps,
             const std::vector<RestoredWorker>& workers,
             Moment now,
             Effects& effects) {
  const AttemptsAtHand at_hand = add_workers(book, workers, now);
  for (const SweepRecord& record : sweeps) {
    restore_sweep(book, record, at_hand, now, effects);
  }
}

}  // namespace tarama::scheduling
