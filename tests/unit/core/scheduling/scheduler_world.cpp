// Workers that answer, die and repeat themselves, for the scheduler's properties.
#include "tests/unit/core/scheduling/scheduler_world.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <rapidcheck.h>
#include <string>
#include <variant>

namespace tarama::test {

namespace {

constexpr std::size_t most_workers = 5;
constexpr std::size_t most_sweeps = 3;

template <class Container>
auto pick(Container& container, std::uint8_t choice) {
  return std::next(
      container.begin(),
      static_cast<std::ptrdiff_t>(choice % std::max<std::size_t>(container.size(), 1)));
}

bool is_at_work(RunState state) {
  return state == RunState::leased || state == RunState::running || state == RunState::cancelling;
}

Account account_of(const SweepRecord& record) {
  Account account;
  account.planned = static_cast<std::int64_t>(record.runs.size());
  for (const RunRecord& run : record.runs) {
    account.pending += run.standing.state == RunState::pending;
    account.leased += run.standing.state == RunState::leased;
    account.running +=
        run.standing.state == RunState::running || run.standing.state == RunState::cancelling;
    account.succeeded += run.standing.state == RunState::succeeded;
    account.stopped += run.standing.state == RunState::stopped;
    account.failed += run.standing.state == RunState::failed;
    account.cancelled += run.standing.state == RunState::cancelled;
  }
  return account;
}

std::int64_t runs_at_work(const SweepRecord& record) {
  return std::ranges::count_if(record.runs,
                               [](const RunRecord& run) { return is_at_work(run.standing.state); });
}

}  // namespace

// ---- the scheduler and its effects --------------------------------------------------------------

Effects World::give(const Event& event) {
  Effects effects = scheduler_.handle(event, now());
  apply(effects);
  check();
  note_attempts();
  if (!std::holds_alternative<WorkerReturned>(event)) {  // that gets again what it had before
    check_devices(effects);
  }
  check_blame(event, effects);
  note_rests(event, effects);
  return effects;
}

void World::give_what_changes_nothing(const Event& event) {
  const Effects effects = give(event);  // check() compares the whole state with the store
  RC_ASSERT(effects.empty());
}

/// Rows are decided now and committed later; orders are given at once, work behind its commit.
void World::apply(const Effects& effects) {
  UnderWay under_way;
  for (const Effect& effect : effects) {
    std::visit([this](const auto& each) { apply(each); }, effect);
    if (const auto* assign = std::get_if<AssignRun>(&effect)) {
      under_way.hand_outs.push_back(*assign);
    }
  }
  if (!effects.empty()) {
    under_way.rows = decided_;
    under_way_.push_back(std::move(under_way));
  }
}

void World::apply(const PersistRun& row) {
  RunStanding& stored = stored_run(row.run).standing;
  const RunStanding& now = row.standing;
  RC_ASSERT(stored.state == now.state || may_move(stored.state, now.state));
  const bool is_new_attempt = now.state == RunState::leased && now.state != stored.state;
  RC_ASSERT(now.attempt.value == stored.attempt.value + (is_new_attempt ? 1 : 0));
  stored = now;
  if (!is_at_work(now.state)) {
    decided_.at_work.erase(row.run);
  }
}

void World::apply(const PersistAttempt& row) {
  RC_ASSERT(row.attempt == stored_run(row.run).standing.attempt);
  if (row.started_at) {
    RC_ASSERT(row.first_step && *row.first_step <= checkpoints_[row.run]);
    RC_ASSERT(decided_.started.insert({row.run, row.attempt}).second);  // once for each attempt
  }
}

void World::apply(const PersistSweep& row) {
  decided_.sweeps.at(row.sweep).state = row.state;
  decided_.sweeps.at(row.sweep).pause_reason = row.pause_reason;
}

void World::apply(const AssignRun& assign) {
  // Twice only what a worker never got, under the same number.
  const auto before = decided_.at_work.find(assign.run);
  const bool is_new = before == decided_.at_work.end();
  RC_ASSERT(is_new ||
            (before->second.worker == assign.worker && before->second.attempt == assign.attempt));
  const RunRecord& run = stored_run(assign.run);
  RC_ASSERT(run.standing.state == RunState::leased && !run.standing.is_held);
  RC_ASSERT(run.standing.attempt == assign.attempt);
  decided_.at_work[assign.run] = {assign.worker, assign.attempt};

  const SweepRecord& sweep = decided_.sweeps.at(sweep_of_.at(assign.run));
  RC_ASSERT(sweep.state == SweepState::running ||
            (sweep.state == SweepState::paused && !sweep.pause_reason.empty()));
  const std::int64_t limit = sweep.rules.max_concurrent;
  RC_ASSERT(!is_new || limit == 0 || runs_at_work(sweep) <= limit);
}

void World::apply(const StopRun& stop) {
  const auto worker = alive_.find(stop.worker);
  if (worker == alive_.end()) {
    return;
  }
  const auto task = worker->second.tasks.find(stop.run);
  if (task != worker->second.tasks.end() && task->second.attempt == stop.attempt) {
    task->second.is_to_stop = true;
  } else {
    worker->second.early_stops.insert({stop.run, stop.attempt});
  }
}

void World::apply(const DropAttempt& drop) {
  const auto worker = alive_.find(drop.worker);
  if (worker != alive_.end() && worker->second.tasks.contains(drop.run)) {
    RC_ASSERT(worker->second.tasks[drop.run].attempt == drop.attempt);
    worker->second.tasks.erase(drop.run);
  }
}

void World::apply(const KillWorker& kill) {
  die(kill.worker, kill.why);
}

void World::apply(const SweepEnded& ended) {
  const Account account = account_of(decided_.sweeps.at(ended.sweep));
  RC_ASSERT(account.pending + account.leased + account.running == 0);
  ++ends_[ended.sweep];
}

void World::check() const {
  for (const auto& [id, record] : decided_.sweeps) {
    check_sweep(record);
  }
  std::map<WorkerId, std::size_t> busy;
  for (const auto& [run, at_work] : decided_.at_work) {
    ++busy[at_work.worker];
  }
  for (const auto& [worker, process] : alive_) {
    const std::size_t assigned = scheduler_.assignments(worker).size();
    RC_ASSERT(assigned == busy[worker]);
    RC_ASSERT(assigned <= std::max(static_cast<std::size_t>(process.slots), process.had));
  }
  RC_ASSERT(scheduler_.is_quiet() == decided_.at_work.empty());
}

void World::check_sweep(const SweepRecord& record) const {
  const Account account = scheduler_.account(record.sweep);
  RC_ASSERT(account == account_of(record));
  RC_ASSERT(account.planned == account.pending + account.leased + account.running +
                                   account.succeeded + account.stopped + account.failed +
                                   account.cancelled);
  RC_ASSERT(scheduler_.state(record.sweep) == record.state);
  std::int64_t waiting = 0;
  for (const Waiting& reason : scheduler_.waiting(record.sweep)) {
    waiting += reason.runs;
  }
  RC_ASSERT(waiting == account.pending);
  for (const RunRecord& run : record.runs) {
    RC_ASSERT(scheduler_.run(run.run).value() == run);
    RC_ASSERT(run.standing.state != RunState::failed || run.standing.failure.has_value());
  }
}

// ---- what may happen ----------------------------------------------------------------------------

void World::act(std::uint8_t what, std::uint8_t whom) {
  constexpr std::uint8_t kinds = 35;
  switch (what % kinds) {
    case 33:
    case 34:
      return set_slots(whom);
    case 30:
    case 31:
      return cut_stream(whom);
    case 32:
      return fall_asleep(whom);
    case 26:
      return crash_and_adopt();
    case 27:
    case 28:
    case 29:
      return come_back(whom);
    case 18:
      return submit(whom);
    case 19:
      return change_rules(whom);
    case 20:
      return extend(whom);
    case 21:
      return crash_and_restore();
    case 22:
    case 23:
    case 24:
    case 25:
      return ask(static_cast<std::uint8_t>(what % kinds - 22), whom);
    default:
      return act_without_user(static_cast<std::uint8_t>(what % kinds), whom);
  }
}

void World::act_without_user(std::uint8_t what, std::uint8_t whom) {
  constexpr std::uint8_t kinds = 18;
  commit(whom % 3);
  switch (what % kinds) {
    case 0:
    case 1:
      return join(whom);
    case 2:
      return kill_one(whom);
    case 3:
      return tick(whom);
    case 4:
      return beat();
    case 5:
      return deliver_again(whom);
    case 6:
      return deliver_from_old_attempt(whom);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
      return deliver(whom);
    default:
      return work(whom);
  }
}

void World::submit(std::uint8_t choice) {
  if (decided_.sweeps.size() >= most_sweeps) {
    return;
  }
  SweepRecord record;
  commit_everything();  // of the same queue
  record.sweep = SweepId{static_cast<std::int64_t>(decided_.sweeps.size()) + 1};
  record.rules.max_concurrent = choice % 4;
  record.rules.max_restarts = outcomes_ == Outcomes::by_run ? 1'000'000 : choice % 3;
  if (choice % 2 == 0 && outcomes_ == Outcomes::any) {
    record.rules.time_limit = std::chrono::milliseconds(10'000);
  }
  for (int run = 0; run < choice % 8 + 1; ++run) {
    record.runs.push_back({.run = RunId{++last_run_}, .replicate = run % 2, .planned_steps = run});
    sweep_of_[RunId{last_run_}] = record.sweep;
  }
  decided_.sweeps[record.sweep] = record;
  committed_ = decided_;
  give(SweepSubmitted{record});
}

void World::end_everything() {
  commit_everything();
  for (auto& [id, record] : decided_.sweeps) {
    give(ResumeAsked{id, {}});
    for (const RunRecord& run : std::vector(record.runs)) {
      give(ResumeAsked{id, run.run});
    }
  }
  for (int round = 0; round < 1'000 && !(in_flight_.empty() && alive_.empty()); ++round) {
    while (!in_flight_.empty()) {
      deliver(0);
    }
    while (!alive_.empty()) {
      kill_one(0);  // what it was asked before is over; new ones come below
    }
  }
  outcomes_ = Outcomes::by_run;
  for (std::uint8_t device = 0; device < 3; ++device) {
    join(device);
  }
  for (std::size_t step = 0; step < 40 * sweep_of_.size() + 40 && !alive_.empty(); ++step) {
    commit_everything();
    work(static_cast<std::uint8_t>(step));
    deliver(0);
    if (decided_.at_work.empty()) {
      wall_.milliseconds += 3'600'000;
      awake_ += std::chrono::hours(1);  // every rest and every quarantine is over
      beat_if_there();
      give(Tick{});
    }
  }
  for (const auto& [id, record] : decided_.sweeps) {
    const Account account = account_of(record);
    RC_ASSERT(account.pending + account.leased + account.running == 0);
    RC_ASSERT(ends_[id] >= 1);
    RC_ASSERT(record.state == SweepState::finished || record.state == SweepState::cancelled);
  }
}

void World::join(std::uint8_t choice) {
  if (alive_.size() >= most_workers) {
    return;
  }
  const WorkerId id{++last_worker_};
  const std::int64_t slots = choice % 3 == 0 ? 2 : 1;
  alive_[id].slots = slots;
  constexpr std::array devices = {"cpu", "cuda:0", "cuda:1"};
  device_of_[id] = devices[choice % devices.size()];
  give(WorkerJoined{id, device_of_[id], slots});
}

void World::set_slots(std::uint8_t choice) {
  if (!alive_.empty()) {
    auto& [id, process] = *pick(alive_, choice);
    process.slots = choice % 3 + 1;
    give(SlotsSet{id, process.slots});
  }
}

void World::note_attempts() {
  for (auto& [worker, process] : alive_) {
    process.had = scheduler_.assignments(worker).size();
  }
}

void World::beat_if_there() {
  for (const auto& [worker, process] : alive_) {
    give(Heartbeat{worker});
  }
}

void World::die(WorkerId worker, FailureClass why) {
  if (alive_.erase(worker) > 0) {
    in_flight_.push_back(WorkerLost{worker, why, "gone"});
  }
}

void World::kill_one(std::uint8_t choice) {
  if (!alive_.empty()) {
    die(pick(alive_, choice)->first, FailureClass::crashed);
  }
}

void World::tick(std::uint8_t choice) {
  wall_.milliseconds += choice * 50;
  awake_ += std::chrono::milliseconds(choice * 50);
  give(Tick{});
}

void World::beat() {
  for (const auto& [worker, process] : alive_) {
    give_what_changes_nothing(Heartbeat{worker});
  }
}

void World::deliver(std::uint8_t choice) {
  if (in_flight_.empty()) {
    return;
  }
  const auto chosen = pick(in_flight_, choice);
  const Event event = *chosen;
  in_flight_.erase(chosen);
  give(event);
  if (const auto* end = std::get_if<RunFinished>(&event)) {
    await_acknowledgement(*end);
  }
  delivered_.push_back(event);
}

void World::deliver_again(std::uint8_t choice) {
  if (!delivered_.empty()) {
    give_what_changes_nothing(*pick(delivered_, choice));
  }
}

void World::deliver_from_old_attempt(std::uint8_t choice) {
  if (decided_.at_work.empty()) {
    return;
  }
  const auto& [run, at_work] = *pick(decided_.at_work, choice);
  const Attempt old{at_work.attempt.value - 1};
  give_what_changes_nothing(RunStarted{at_work.worker, run, old, 0});
  give_what_changes_nothing(RunFinished{at_work.worker, run, old, AttemptEnd::succeeded});
  give_what_changes_nothing(
      RunFinished{WorkerId{at_work.worker.value + 1}, run, at_work.attempt, AttemptEnd::succeeded});
}

void World::work(std::uint8_t choice) {
  std::vector<std::pair<WorkerId, RunId>> tasks;
  for (const auto& [worker, process] : alive_) {
    for (const auto& [run, task] : process.tasks) {
      tasks.emplace_back(worker, run);
    }
  }
  if (tasks.empty()) {
    return;
  }
  const auto [worker, run] = *pick(tasks, choice);
  Task& task = alive_.at(worker).tasks.at(run);
  if (!task.has_started) {
    task.has_started = true;
    task.first_step = checkpoints_[run];
    if (alive_.at(worker).is_away) {
      return;
    }
    in_flight_.push_back(RunStarted{worker, run, task.attempt, task.first_step});
    return;
  }
  if (!task.has_advanced && choice % 2 == 0) {
    task.has_advanced = true;
    checkpoints_[run] = std::max<std::int64_t>(checkpoints_[run], task.first_step + 1 + choice % 3);
    if (!alive_.at(worker).is_away) {
      in_flight_.push_back(RunAdvanced{worker, run, task.attempt});
    }
    return;
  }
  finish(worker, run, task, choice);
  alive_.at(worker).tasks.erase(run);
}

void World::finish(WorkerId worker, RunId run, const Task& task, std::uint8_t choice) {
  RunFinished event;
  event.worker = worker;
  event.run = run;
  event.attempt = task.attempt;
  event.message = "so it ended";
  event.had_own_process = sweep_of_.at(run).value % 2 == 0;  // every other sweep is of a program
  if (outcomes_ == Outcomes::by_run) {
    const bool diverges = run.value % 4 == 0;
    event.end = diverges ? AttemptEnd::failed : AttemptEnd::succeeded;
    event.failure = FailureClass::diverged;
  } else if (task.is_to_stop && choice % 5 != 0) {
    event.end = AttemptEnd::stopped;
  } else if (choice % 3 == 0) {
    event.end = AttemptEnd::failed;
    event.failure = all_failure_classes[choice % all_failure_classes.size()];
  }
  if (alive_.at(worker).is_away) {
    alive_.at(worker).unheard.push_back(event);
    return;
  }
  in_flight_.emplace_back(event);
}

void World::ask(std::uint8_t what, std::uint8_t choice) {
  SweepRecord* const sweep = pick_sweep(choice);
  std::optional<RunId> run;
  if (choice % 3 != 0) {
    run = pick(sweep->runs, static_cast<std::uint8_t>(choice / 3))->run;
  }
  switch (what) {
    case 0:
      return order(CancelAsked{sweep->sweep, run});
    case 1:
      return order(PauseAsked{sweep->sweep, run});
    case 2:
      return order(ResumeAsked{sweep->sweep, run});
    default:
      const RetryAsked retry{
          sweep->sweep,
          run,
          choice % 2 == 0 ? RetryAsked::Which::failed : RetryAsked::Which::failed_and_cancelled};
      const SweepRecord before = *sweep;
      order(retry);
      return check_retried(retry, before);
  }
}

/// Asked twice, whatever it is, it is done once.
void World::order(const Event& event) {
  give(event);
  give_what_changes_nothing(event);
}

/// Exactly what is named is to be done again, with all its restarts, and nothing else has changed
/// but that it may have been handed out.
void World::check_retried(const RetryAsked& order, const SweepRecord& before) const {
  using enum RunState;
  const SweepRecord& now = decided_.sweeps.at(before.sweep);
  for (std::size_t i = 0; i < before.runs.size(); ++i) {
    const RunStanding& was = before.runs[i].standing;
    const RunStanding& is = now.runs[i].standing;
    const bool is_named =
        order.run
            ? before.runs[i].run == *order.run && is_terminal(was.state) && was.state != succeeded
            : was.state == failed || (was.state == cancelled &&
                                      order.which == RetryAsked::Which::failed_and_cancelled);
    if (is_named) {
      RC_ASSERT(is.state == pending || is.state == leased);
      RC_ASSERT(is.failed_attempts == 0 && !is.failure);
    } else {
      RC_ASSERT(is.state == was.state || (was.state == pending && is.state == leased));
    }
  }
}

void World::change_rules(std::uint8_t choice) {
  SweepRecord* const sweep = pick_sweep(choice);
  commit_everything();
  sweep->rules.max_concurrent = choice % 4;
  sweep->rules.priority = choice % 7 - 3;
  committed_ = decided_;
  give(RulesChanged{sweep->sweep, sweep->rules});
}

void World::extend(std::uint8_t choice) {
  SweepRecord* const sweep = pick_sweep(choice);
  if (sweep->runs.size() > 12) {
    return;
  }
  commit_everything();
  const RunRecord run{.run = RunId{++last_run_}, .replicate = choice % 2};
  sweep->runs.push_back(run);
  sweep_of_[run.run] = sweep->sweep;
  committed_ = decided_;
  give(RunsAdded{sweep->sweep, {run}});
}

// ---- looking up ---------------------------------------------------------------------------------

std::set<RunId> World::runs_in(RunState state) const {
  std::set<RunId> runs;
  for (const auto& [id, record] : decided_.sweeps) {
    for (const RunRecord& run : record.runs) {
      if (run.standing.state == state) {
        runs.insert(run.run);
      }
    }
  }
  return runs;
}

RunRecord& World::stored_run(RunId run) {
  std::vector<RunRecord>& runs = decided_.sweeps.at(sweep_of_.at(run)).runs;
  return *std::ranges::find(runs, run, &RunRecord::run);
}

SweepRecord* World::pick_sweep(std::uint8_t choice) {
  return &pick(decided_.sweeps, choice)->second;
}

}  // namespace tarama::test
