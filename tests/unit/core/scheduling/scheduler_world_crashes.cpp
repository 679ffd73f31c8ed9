// Commits that come later than decisions, streams that break, and an orchestrator that dies, with
// its workers or without them, in the simulated world.
#include "tests/unit/core/scheduling/scheduler_world.hpp"

#include <algorithm>
#include <rapidcheck.h>
#include <utility>
#include <variant>

namespace tarama::test {

// ---- between a decision and its commit ----------------------------------------------------------

void World::commit(std::size_t most) {
  for (; most > 0 && !under_way_.empty(); --most) {
    UnderWay done = std::move(under_way_.front());
    under_way_.pop_front();
    committed_ = std::move(done.rows);
    for (const AssignRun& assign : done.hand_outs) {
      hand_out(assign);
    }
    for (const RunFinished& end : done.acknowledged) {
      acknowledge(end);
    }
  }
}

void World::commit_everything() {
  commit(under_way_.size());
}

/// What a worker without a stream is sent is lost. A stop that overtook it follows.
void World::hand_out(const AssignRun& assign) {
  const auto worker = alive_.find(assign.worker);
  if (worker == alive_.end() || worker->second.is_away) {
    return;
  }
  WorkerProcess& process = worker->second;
  const auto held = process.tasks.find(assign.run);
  if (held != process.tasks.end() && held->second.attempt == assign.attempt) {
    return;  // said twice, since its stream broke in between
  }
  RC_ASSERT(held == process.tasks.end());
  process.tasks[assign.run] = {.attempt = assign.attempt};
  process.tasks[assign.run].is_to_stop =
      process.early_stops.erase({assign.run, assign.attempt}) > 0;
}

/// Behind the commit of what follows from it, or of what was decided before, if nothing does.
void World::await_acknowledgement(const RunFinished& end) {
  const auto worker = alive_.find(end.worker);
  if (worker != alive_.end() && !under_way_.empty()) {
    worker->second.said.push_back(end);
    under_way_.back().acknowledged.push_back(end);
  }
}

void World::acknowledge(const RunFinished& end) {
  const auto worker = alive_.find(end.worker);
  if (worker != alive_.end()) {
    std::erase_if(worker->second.said, [&](const RunFinished& said) {
      return said.run == end.run && said.attempt == end.attempt;
    });
  }
}

/// As a crash does: what was decided and not committed has never been.
void World::forget_what_is_not_committed() {
  under_way_.clear();
  decided_ = committed_;
  rests_until_.clear();
  for (auto& [id, process] : alive_) {
    process.early_stops.clear();
  }
}

// ---- streams ------------------------------------------------------------------------------------

/// What it had said and nobody has heard it says again when it is back.
void World::cut_stream(std::uint8_t choice) {
  if (alive_.empty()) {
    return;
  }
  auto& [id, process] = *std::next(alive_.begin(), choice % static_cast<int>(alive_.size()));
  if (process.is_away) {
    return;
  }
  process.is_away = true;
  process.unheard.insert(process.unheard.end(), process.said.begin(), process.said.end());
  process.said.clear();
  std::erase_if(in_flight_, [&, worker = id](const Event& event) {
    if (const auto* end = std::get_if<RunFinished>(&event); end && end->worker == worker) {
      process.unheard.push_back(*end);
      return true;
    }
    const auto* start = std::get_if<RunStarted>(&event);
    const auto* advance = std::get_if<RunAdvanced>(&event);
    return (start && start->worker == worker) || (advance && advance->worker == worker);
  });
  give(WorkerAway{id});
}

void World::come_back(std::uint8_t choice) {
  const auto away =
      std::ranges::find_if(alive_, [](const auto& entry) { return entry.second.is_away; });
  if (away == alive_.end()) {
    return;
  }
  auto& [id, process] = *away;
  if (choice % 3 == 0) {
    // What it had not begun it may never have got.
    std::erase_if(process.tasks, [](const auto& task) { return !task.second.has_started; });
  }
  WorkerReturned returned{.worker = id, .slots = process.slots, .attempts = {}};
  for (const auto& [run, task] : process.tasks) {
    const auto first = task.has_started ? std::optional(task.first_step) : std::nullopt;
    returned.attempts.push_back({run, task.attempt, first, {}});
  }
  for (const RunFinished& end : process.unheard) {
    returned.attempts.push_back({end.run, end.attempt, 0, {}});
    in_flight_.emplace_back(end);
  }
  process.unheard.clear();
  process.is_away = false;
  give(returned);
}

// ---- clocks -------------------------------------------------------------------------------------

/// The machine sleeps, or somebody sets the clock, back as well: of that nothing follows.
void World::fall_asleep(std::uint8_t choice) {
  give(Tick{});
  wall_.milliseconds += (choice - 64) * 1'000'000;
  give_what_changes_nothing(Tick{});
}

// ---- crashes ------------------------------------------------------------------------------------

void World::crash_and_restore() {
  alive_.clear();
  restart({});
}

void World::crash_and_adopt() {
  forget_what_is_not_committed();
  std::vector<RestoredWorker> workers;
  for (auto& [id, process] : alive_) {
    RestoredWorker worker{
        .worker = id, .device = device_of_.at(id), .session = "s", .attempts = {}};
    for (const auto& [run, at_work] : decided_.at_work) {
      if (at_work.worker == id) {
        worker.attempts.push_back(
            {run, at_work.attempt, decided_.started.contains({run, at_work.attempt})});
      }
    }
    workers.push_back(worker);
    process.is_away = true;
    process.unheard.insert(process.unheard.end(), process.said.begin(), process.said.end());
    process.said.clear();
  }
  for (const Event& event : in_flight_) {
    if (const auto* end = std::get_if<RunFinished>(&event); end && alive_.contains(end->worker)) {
      alive_[end->worker].unheard.push_back(*end);
    }
  }
  restart(workers);
}

void World::restart(const std::vector<RestoredWorker>& workers) {
  forget_what_is_not_committed();
  in_flight_.clear();
  delivered_.clear();
  std::erase_if(decided_.at_work,
                [this](const auto& entry) { return !alive_.contains(entry.second.worker); });
  std::vector<SweepRecord> records;
  for (const auto& [id, record] : decided_.sweeps) {
    records.push_back(record);
  }
  Effects effects;
  scheduler_ = Scheduler::restore(records, now(), effects, workers);
  apply(effects);
  note_attempts();  // an end that was not committed has never been
  check();
  tell_of_quarantines();
}

}  // namespace tarama::test
