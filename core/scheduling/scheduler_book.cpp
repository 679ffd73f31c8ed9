// The scheduler's memory: sweeps, runs and workers, with counters that are kept and not recounted.
#include "core/scheduling/scheduler_book.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>

namespace tarama::scheduling {

namespace {

std::int64_t& count_of(Account& account, RunState state) {
  using enum RunState;
  switch (state) {
    case pending:
      return account.pending;
    case leased:
      return account.leased;
    case running:
    case cancelling:
      return account.running;
    case succeeded:
      return account.succeeded;
    case stopped:
      return account.stopped;
    case failed:
      return account.failed;
    case cancelled:
      return account.cancelled;
  }
  return account.pending;
}

template <class Map, class Key>
auto* find(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Sweep* SchedulerBook::sweep(SweepId id) {
  return find(sweeps_, id);
}

Run* SchedulerBook::run(RunId id) {
  return find(runs_, id);
}

Worker* SchedulerBook::worker(WorkerId id) {
  return find(workers_, id);
}

Sweep& SchedulerBook::sweep_of(const Run& run) {
  return sweeps_.at(run.sweep);
}

Run* SchedulerBook::run_of(SweepId sweep, RunId id) {
  Run* const found = run(id);
  return found != nullptr && found->sweep == sweep ? found : nullptr;
}

Sweep& SchedulerBook::add_sweep(SweepId id, SweepState state, const SweepRules& rules) {
  const auto [added, is_new] = sweeps_.try_emplace(id);
  TARAMA_ASSERT(is_new, "a sweep is added once");
  added->second.id = id;
  added->second.state = state;
  added->second.rules = rules;
  open_sweeps_.insert(id);
  return added->second;
}

void SchedulerBook::remove_sweep(SweepId id) {
  const auto found = sweeps_.find(id);
  TARAMA_ASSERT(found != sweeps_.end() && found->second.has_ended, "only what is over is let go");
  for (const RunId run : found->second.runs) {
    beginnings_.forget(run);
    runs_.erase(run);
    setbacks_.erase(run);
  }
  sweeps_.erase(found);
}

void SchedulerBook::add_run(Sweep& sweep, const RunRecord& record) {
  const auto [added, is_new] = runs_.try_emplace(record.run);
  if (!is_new) {
    return;
  }
  Run& run = added->second;
  run.record = record;
  run.sweep = sweep.id;
  sweep.runs.push_back(record.run);
  ++sweep.account.planned;
  enter_set(sweep, run);
}

void SchedulerBook::move(Run& run, RunState to, Effects& effects) {
  TARAMA_ASSERT(may_move(run.record.standing.state, to),
                "states follow one another as may_move says");
  Sweep& sweep = sweep_of(run);
  leave_set(sweep, run);
  run.record.standing.state = to;
  if (is_terminal(to)) {
    run.record.standing.is_held = false;  // there is nothing left to hold back
    forget_setbacks(run);
  }
  enter_set(sweep, run);
  refile_touched(sweep, run);
  effects.emplace_back(row_of(run));
  end_if_done(sweep, effects);
}

void SchedulerBook::hold(Run& run, Effects& effects) {
  if (run.record.standing.is_held) {
    return;
  }
  Sweep& sweep = sweep_of(run);
  leave_set(sweep, run);
  run.record.standing.is_held = true;
  enter_set(sweep, run);
  refile_touched(sweep, run);
  effects.emplace_back(row_of(run));
}

void SchedulerBook::release_hold(Run& run, Effects& effects) {
  if (!run.record.standing.is_held) {
    return;
  }
  Sweep& sweep = sweep_of(run);
  leave_set(sweep, run);
  run.record.standing.is_held = false;
  enter_set(sweep, run);
  refile_touched(sweep, run);
  effects.emplace_back(row_of(run));
}

void SchedulerBook::set_state(Sweep& sweep,
                              SweepState state,
                              Effects& effects,
                              const std::string& reason) {
  sweep.state = state;
  sweep.pause_reason = reason;
  sweep.rests_until.reset();
  effects.emplace_back(PersistSweep{sweep.id, state, reason});
}

void SchedulerBook::reopen(Sweep& sweep, Effects& effects) {
  if (is_going_on(sweep.state)) {
    return;
  }
  sweep.has_ended = false;
  open_sweeps_.insert(sweep.id);
  set_state(sweep, SweepState::running, effects);
}

void SchedulerBook::end_if_done(Sweep& sweep, Effects& effects) {
  const Account& account = sweep.account;
  const bool may_get_runs = sweep.rules.is_searching && sweep.state != SweepState::cancelled;
  if (sweep.has_ended || may_get_runs || account.pending + account.leased + account.running > 0) {
    return;
  }
  mark_ended(sweep);
  const bool was_cut_short = sweep.state == SweepState::cancelled && account.cancelled > 0;
  set_state(sweep, was_cut_short ? SweepState::cancelled : SweepState::finished, effects);
  effects.emplace_back(SweepEnded{sweep.id});
}

void SchedulerBook::mark_ended(Sweep& sweep) {
  sweep.has_ended = true;
  open_sweeps_.erase(sweep.id);
}

void SchedulerBook::add_worker(const WorkerJoined& joined, Moment now) {
  const auto [added, is_new] = workers_.try_emplace(joined.worker);
  TARAMA_ASSERT(is_new, "a worker is added once");
  added->second = {.id = joined.worker,
                   .device = joined.device,
                   .slots = joined.slots,
                   .session = joined.session,
                   .last_beat = now.awake,
                   .runs = {}};
  add_device(joined.device);
  update_idle(added->second, 0);
}

void SchedulerBook::remove_worker(WorkerId id) {
  Worker& worker = workers_.at(id);
  TARAMA_ASSERT(worker.runs.empty(), "the attempts of a lost worker end before it is forgotten");
  idle_.erase({0, id});
  workers_.erase(id);
}

void SchedulerBook::set_away(Worker& worker, Moment now) {
  worker.is_away = true;
  worker.last_beat = now.awake;
  update_idle(worker, static_cast<std::int64_t>(worker.runs.size()));
}

void SchedulerBook::set_back(Worker& worker, std::int64_t slots, Moment now) {
  worker.is_away = false;
  worker.last_beat = now.awake;
  set_slots(worker, slots);
}

void SchedulerBook::set_slots(Worker& worker, std::int64_t slots) {
  worker.slots = slots;
  update_idle(worker, static_cast<std::int64_t>(worker.runs.size()));
}

void SchedulerBook::doom(Worker& worker) {
  worker.is_doomed = true;
  update_idle(worker, static_cast<std::int64_t>(worker.runs.size()));
}

void SchedulerBook::see_leaving(Worker& worker) {
  worker.is_leaving = true;
  update_idle(worker, static_cast<std::int64_t>(worker.runs.size()));
}

void SchedulerBook::occupy(Run& run, Worker& worker) {
  const auto busy_before = static_cast<std::int64_t>(worker.runs.size());
  TARAMA_ASSERT(busy_before < worker.slots, "runs are handed to free slots alone");
  worker.runs.insert(run.record.run);
  devices_.at(worker.device).runs.insert(run.record.run);
  run.worker = worker.id;
  run.has_advanced = false;
  update_idle(worker, busy_before);
}

void SchedulerBook::vacate(Run& run) {
  Worker& worker = workers_.at(run.worker);
  const auto busy_before = static_cast<std::int64_t>(worker.runs.size());
  worker.runs.erase(run.record.run);
  devices_.at(worker.device).runs.erase(run.record.run);
  update_idle(worker, busy_before);
  run.worker = {};
  run.started_at.reset();
  run.stop.reset();
}

Device* SchedulerBook::device(const std::string& name) {
  return find(devices_, name);
}

Device& SchedulerBook::add_device(const std::string& name) {
  return devices_.try_emplace(name, Device{.name = name}).first->second;
}

Device& SchedulerBook::device_of(const Run& run) {
  return devices_.at(workers_.at(run.worker).device);
}

const Setbacks* SchedulerBook::setbacks_of(RunId run) const {
  const auto found = setbacks_.find(run);
  return found == setbacks_.end() ? nullptr : &found->second;
}

Setbacks& SchedulerBook::setbacks_to_note(const Run& run) {
  TARAMA_ASSERT(run.record.standing.state != RunState::pending,
                "setbacks say in which set a pending run is");
  return setbacks_[run.record.run];
}

void SchedulerBook::forget_setbacks(const Run& run) {
  setbacks_.erase(run.record.run);
}

void SchedulerBook::wake(std::chrono::milliseconds awake) {
  while (!wakings_.empty() && wakings_.begin()->first <= awake) {
    Run& run = runs_.at(wakings_.begin()->second);
    Sweep& sweep = sweep_of(run);
    leave_set(sweep, run);
    Setbacks& setbacks = setbacks_.at(run.record.run);
    setbacks.rests_until.reset();
    setbacks.ready_since = awake;
    enter_set(sweep, run);
  }
}

std::optional<std::chrono::milliseconds> SchedulerBook::next_waking() const {
  return wakings_.empty() ? std::nullopt : std::optional(wakings_.begin()->first);
}

std::set<RunOrder>& SchedulerBook::pending_set(Sweep& sweep, const Run& run) {
  if (run.record.standing.is_held) {
    return sweep.held;
  }
  if (is_going_on(sweep.state) && beginnings_.must_wait(run)) {
    return sweep.awaiting;
  }
  const Setbacks* const setbacks = setbacks_of(run.record.run);
  if (setbacks == nullptr) {
    return sweep.ready;
  }
  return setbacks->rests_until ? sweep.resting : setbacks->is_choosy() ? sweep.choosy : sweep.ready;
}

void SchedulerBook::enter_set(Sweep& sweep, const Run& run) {
  const RunState state = run.record.standing.state;
  ++count_of(sweep.account, state);
  if (state == RunState::pending) {
    file(sweep, run);
  } else if (is_active(state)) {
    sweep.active.insert(run.record.run);
    active_runs_.insert(run.record.run);
  }
}

void SchedulerBook::leave_set(Sweep& sweep, const Run& run) {
  const RunState state = run.record.standing.state;
  --count_of(sweep.account, state);
  if (state == RunState::pending) {
    unfile(sweep, beginnings_.order_of(run));
  } else if (is_active(state)) {
    sweep.active.erase(run.record.run);
    active_runs_.erase(run.record.run);
  }
}

void SchedulerBook::file(Sweep& sweep, const Run& run) {
  std::set<RunOrder>& set = pending_set(sweep, run);
  set.insert(beginnings_.order_of(run));
  if (&set == &sweep.resting) {
    wakings_.insert({*setbacks_of(run.record.run)->rests_until, run.record.run});
  }
}

/// Out of whichever set it is in: what a run waits for has changed before it is filed anew.
void SchedulerBook::unfile(Sweep& sweep, const RunOrder& order) {
  if (sweep.resting.erase(order) > 0) {
    wakings_.erase({*setbacks_of(order.run)->rests_until, order.run});
    return;
  }
  static_cast<void>(sweep.ready.erase(order) > 0 || sweep.choosy.erase(order) > 0 ||
                    sweep.awaiting.erase(order) > 0 || sweep.held.erase(order) > 0);
}

void SchedulerBook::refile_touched(Sweep& sweep, const Run& changed) {
  for (const RunId id : beginnings_.touched_by(changed.record.run)) {
    const Run& touched = runs_.at(id);
    if (touched.record.standing.state == RunState::pending) {
      unfile(sweep, beginnings_.order_of(touched));
      file(sweep, touched);
    }
  }
}

/// By the orders that they have now, before they get others.
std::set<RunOrder> SchedulerBook::unfile_all(Sweep& sweep) {
  std::set<RunOrder> pending;
  for (auto* const set :
       {&sweep.ready, &sweep.choosy, &sweep.awaiting, &sweep.resting, &sweep.held}) {
    pending.insert(set->begin(), set->end());
  }
  for (const RunOrder& order : pending) {
    unfile(sweep, order);
  }
  return pending;
}

void SchedulerBook::tie(Sweep& sweep, const std::vector<RunRecord>& records) {
  if (std::ranges::all_of(records, [](const RunRecord& run) { return run.begins_as == RunId{}; })) {
    return;
  }
  const std::set<RunOrder> pending = unfile_all(sweep);
  beginnings_.tie(records);
  for (const RunOrder& order : pending) {
    file(sweep, runs_.at(order.run));
  }
}

void SchedulerBook::rank(Sweep& sweep, const std::map<RunId, double>& ranks) {
  const std::set<RunOrder> pending = unfile_all(sweep);
  std::vector<RunRecord> records;
  for (const RunId id : sweep.runs) {
    RunRecord& record = runs_.at(id).record;
    const auto found = ranks.find(id);
    record.rank = found == ranks.end() ? 0 : found->second;
    records.push_back(record);
  }
  beginnings_.settle(records);
  for (const RunOrder& order : pending) {
    file(sweep, runs_.at(order.run));
  }
}

void SchedulerBook::update_idle(const Worker& worker, std::int64_t busy_before) {
  idle_.erase({busy_before, worker.id});
  const auto busy = static_cast<std::int64_t>(worker.runs.size());
  if (!worker.is_doomed && !worker.is_leaving && !worker.is_away && busy < worker.slots) {
    idle_.insert({busy, worker.id});
  }
}

PersistRun row_of(const Run& run) {
  return {run.record.run, run.record.standing};
}

}  // namespace tarama::scheduling
