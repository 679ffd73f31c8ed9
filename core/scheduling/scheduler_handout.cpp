// Which pending run an idle slot gets.
#include "core/scheduling/scheduler_handout.hpp"

#include "core/scheduling/scheduler_attempts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace tarama::scheduling {

namespace {

bool is_at_its_limit(const Sweep& sweep) {
  return sweep.rules.max_concurrent > 0 &&
         static_cast<std::int64_t>(sweep.active.size()) >= sweep.rules.max_concurrent;
}

bool may_start_a_run(const Sweep& sweep) {
  return sweep.state == SweepState::running && !sweep.ready.empty() && !is_at_its_limit(sweep);
}

/// "cuda:1" is named by itself and by "cuda".
bool is_named_by(std::string_view device, std::string_view name) {
  return device == name || (device.starts_with(name) && device.substr(name.size()).front() == ':');
}

bool allows(const SweepRules& rules, const Worker& worker) {
  if (!rules.no_place.empty()) {
    return false;
  }
  return rules.devices.empty() || std::ranges::any_of(rules.devices, [&](const std::string& name) {
           return is_named_by(worker.device, name);
         });
}

Worker* free_worker_for(SchedulerBook& book, const Sweep& sweep) {
  for (const auto& [busy, id] : book.idle()) {
    Worker* const worker = book.worker(id);
    if (allows(sweep.rules, *worker)) {
      return worker;
    }
  }
  return nullptr;
}

std::string reason_of_ready(SchedulerBook& book, const Sweep& sweep) {
  if (book.is_draining) {
    return "the orchestrator is stopping";
  }
  if (sweep.state == SweepState::paused) {
    return fmt::format("the sweep is paused; `tarama resume {}` goes on", sweep.id);
  }
  const auto allowed = std::ranges::count_if(book.workers(), [&](const auto& entry) {
    return !entry.second.is_doomed && !entry.second.is_leaving && allows(sweep.rules, entry.second);
  });
  if (!sweep.rules.no_place.empty()) {
    return sweep.rules.no_place;
  }
  if (allowed == 0 && sweep.rules.devices.empty()) {
    return "no worker has joined yet";
  }
  if (allowed == 0) {
    return fmt::format("no worker on {} has joined yet", fmt::join(sweep.rules.devices, ", "));
  }
  if (is_at_its_limit(sweep)) {
    return fmt::format("max_concurrent: {} of the sweep's runs are at work",
                       sweep.rules.max_concurrent);
  }
  return allowed == 1 ? std::string("the one worker is busy")
                      : fmt::format("all {} workers are busy", allowed);
}

}  // namespace

void hand_out(SchedulerBook& book, Moment now, Effects& effects) {
  if (book.is_draining) {
    return;
  }
  for (const SweepId id : book.open_sweeps()) {
    Sweep& sweep = *book.sweep(id);
    while (may_start_a_run(sweep)) {
      Worker* const worker = free_worker_for(book, sweep);
      if (worker == nullptr) {
        break;
      }
      Run& run = *book.run(sweep.ready.begin()->run);
      lease(book, run, *worker, now, effects);
    }
  }
}

std::vector<Waiting> reasons_to_wait(SchedulerBook& book, const Sweep& sweep) {
  std::vector<Waiting> reasons;
  if (!sweep.ready.empty()) {
    reasons.push_back({reason_of_ready(book, sweep),
                       static_cast<std::int64_t>(sweep.ready.size()),
                       sweep.ready.begin()->run});
  }
  if (!sweep.held.empty()) {
    const RunId example = sweep.held.begin()->run;
    reasons.push_back(
        {fmt::format("paused one by one; `tarama resume {}/{}` goes on", sweep.id, example),
         static_cast<std::int64_t>(sweep.held.size()),
         example});
  }
  return reasons;
}

}  // namespace tarama::scheduling
