// The orchestrator dies, in the simulated world, with its workers or without them.
#include "tests/unit/core/scheduling/scheduler_world.hpp"

#include <algorithm>
#include <rapidcheck.h>
#include <variant>

namespace tarama::test {

void World::crash_and_restore() {
  alive_.clear();
  at_work_.clear();
  std::vector<SweepRecord> records;
  for (const auto& [id, record] : store_) {
    records.push_back(record);
  }
  Effects effects;
  scheduler_ = Scheduler::restore(records, now_, effects);
  apply(effects);
  check();
  tell_of_quarantines();
}

void World::crash_and_adopt() {
  std::vector<RestoredWorker> workers;
  for (auto& [id, process] : alive_) {
    RestoredWorker worker{
        .worker = id, .device = device_of_.at(id), .session = "s", .attempts = {}};
    for (const auto& [run, at_work] : at_work_) {
      if (at_work.worker == id) {
        worker.attempts.push_back(
            {run, at_work.attempt, started_.contains({run, at_work.attempt})});
      }
    }
    workers.push_back(worker);
    process.is_away = true;
  }
  for (const Event& event : in_flight_) {
    if (const auto* end = std::get_if<RunFinished>(&event); end && alive_.contains(end->worker)) {
      alive_[end->worker].unheard.push_back(*end);
    }
  }
  in_flight_.clear();
  std::erase_if(at_work_,
                [this](const auto& entry) { return !alive_.contains(entry.second.worker); });
  std::vector<SweepRecord> records;
  for (const auto& [id, record] : store_) {
    records.push_back(record);
  }
  Effects effects;
  scheduler_ = Scheduler::restore(records, now_, effects, workers);
  apply(effects);
  check();
  tell_of_quarantines();
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
    const std::optional<std::int64_t> first = task.has_started ? std::optional(0) : std::nullopt;
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

}  // namespace tarama::test
