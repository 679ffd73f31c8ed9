// Which pending run an idle slot gets.
#include "core/scheduling/scheduler_handout.hpp"

#include "core/scheduling/scheduler_attempts.hpp"
#include "core/scheduling/scheduler_choice.hpp"
#include "core/scheduling/scheduler_devices.hpp"
#include "core/scheduling/scheduler_turns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama::scheduling {

namespace {

bool is_at_its_limit(const Sweep& sweep) {
  return sweep.rules.max_concurrent > 0 &&
         static_cast<std::int64_t>(sweep.active.size()) >= sweep.rules.max_concurrent;
}

// Choosy runs are few: those that have failed. Where they are many, the first ones stand for all.
constexpr std::size_t choosy_runs_tried = 64;

void give(SchedulerBook& book, Run& run, Worker& worker, Moment now, Effects& effects) {
  DeviceHealth& health = book.device(worker.device)->health;
  if (health.state() == DeviceHealth::State::due) {
    health.try_with(run.record.run);
  }
  lease(book, run, worker, now, effects);
}

/// One of the runs that have failed before, and so do not go to everybody. Whether one was given.
bool give_choosy_run(SchedulerBook& book,
                     Sweep& sweep,
                     Choice& choice,
                     Choice::For what,
                     Moment now,
                     Effects& effects) {
  std::size_t tried = 0;
  for (const RunOrder& order : sweep.choosy) {
    if (++tried > choosy_runs_tried) {
      return false;
    }
    Run& run = *book.run(order.run);
    if (Worker* const worker = choice.worker_for(sweep, run, what)) {
      give(book, run, *worker, now, effects);
      return true;
    }
    if (what == Choice::For::all) {
      choice.make_room_for(sweep, run);
    }
  }
  return false;
}

/// What tries a device is the run furthest from those that came to fail there: neighbours have a
/// level in common, and may fail by that.
Run& run_to_give(SchedulerBook& book, const Sweep& sweep, Run& first, const Worker& worker) {
  const bool is_trial = book.device(worker.device)->health.state() == DeviceHealth::State::due;
  return is_trial ? *book.run(sweep.ready.rbegin()->run) : first;
}

bool give_ready_run(SchedulerBook& book,
                    Sweep& sweep,
                    Choice& choice,
                    Choice::For what,
                    Moment now,
                    Effects& effects) {
  if (sweep.ready.empty()) {
    return false;
  }
  Run& run = *book.run(sweep.ready.begin()->run);
  Worker* const worker = choice.worker_for(sweep, run, what);
  if (worker == nullptr) {
    if (choice.is_short_of_its_share(sweep)) {
      choice.keep_shares_for(sweep);
    }
    return false;
  }
  give(book, run_to_give(book, sweep, run, *worker), *worker, now, effects);
  return true;
}

/// Whether the sweep has got a slot; if not, it gets none of those that are free now.
bool give_run(SchedulerBook& book, Sweep& sweep, Choice& choice, Moment now, Effects& effects) {
  const auto what = sweep.is_paused_by_itself() ? Choice::For::trials : Choice::For::all;
  return !is_at_its_limit(sweep) && (give_choosy_run(book, sweep, choice, what, now, effects) ||
                                     give_ready_run(book, sweep, choice, what, now, effects));
}

/// The devices of the sweep that are in quarantine, for a person; empty: none.
std::string sick_devices_of(SchedulerBook& book, const Sweep& sweep) {
  std::vector<std::string> sick;
  for (const std::string& name : devices_of(book, sweep)) {
    const Device* const device = book.device(name);
    if (device != nullptr && device->health.quarantine()) {
      sick.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(sick, ", "));
}

/// When the first of the sweep's devices in quarantine is tried again, or its disk; nullopt: none
/// is to be.
std::optional<std::chrono::milliseconds> next_try_of(SchedulerBook& book, const Sweep& sweep) {
  if (sweep.rests_until) {
    return sweep.rests_until;
  }
  std::optional<std::chrono::milliseconds> next;
  for (const std::string& name : devices_of(book, sweep)) {
    const Device* const device = book.device(name);
    if (device != nullptr && device->health.state() == DeviceHealth::State::quarantined) {
      const auto at = device->health.quarantine()->next_try;
      next = std::min(next.value_or(at), at);
    }
  }
  return next;
}

std::string reason_of_ready(SchedulerBook& book, const Sweep& sweep) {
  if (book.is_draining) {
    return "the orchestrator is stopping";
  }
  if (sweep.is_paused_by_itself()) {
    return fmt::format(
        "the sweep paused by itself: {}; a run tries again by and by, `tarama resume "
        "{}` at once",
        sweep.pause_reason,
        sweep.id);
  }
  if (sweep.state == SweepState::paused) {
    return fmt::format("the sweep is paused; `tarama resume {}` goes on", sweep.id);
  }
  const auto allowed = std::ranges::count_if(book.workers(), [&](const auto& entry) {
    const Worker& worker = entry.second;
    return !worker.is_doomed && !worker.is_leaving && allows(sweep.rules, worker.device) &&
           !book.device(worker.device)->health.quarantine();
  });
  const std::string sick = sick_devices_of(book, sweep);
  if (!sweep.rules.no_place.empty()) {
    return sweep.rules.no_place;
  }
  if (allowed == 0 && !sick.empty()) {
    return fmt::format("{} in quarantine: one run at a time tries whether it works again", sick);
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
  if (Choice(book, TimePoint{}).is_short_of_its_share(sweep)) {
    return "its share of the device or of the machine's memory is taken by other runs";
  }
  const std::string busy = allowed == 1 ? std::string("the one worker is busy")
                                        : fmt::format("all {} workers are busy", allowed);
  return sick.empty() ? busy : fmt::format("{}; {} in quarantine", busy, sick);
}

/// One that works, where the run has not failed.
bool has_another_device(SchedulerBook& book, const Sweep& sweep, const Setbacks& setbacks) {
  return std::ranges::any_of(devices_of(book, sweep), [&](const std::string& name) {
    const Device* const device = book.device(name);
    const bool works = device == nullptr || !device->health.quarantine();
    return works && !setbacks.failed_on.contains(name);
  });
}

std::string reason_of_choosy(SchedulerBook& book, const Sweep& sweep) {
  const Setbacks& first = *book.setbacks_of(sweep.choosy.begin()->run);
  if (!first.most_beside && !has_another_device(book, sweep, first)) {
    return reason_of_ready(book, sweep);
  }
  const std::string_view why =
      first.failure == FailureClass::out_of_memory
          ? "memory ran out"
          : "its process failed with other runs in it, any of which may have done it";
  return first.most_beside ? fmt::format("{}: tried again with at most {} other runs on its device",
                                         why,
                                         *first.most_beside)
                           : fmt::format("failed on {} ({}): another device is to try it first",
                                         fmt::join(first.failed_on, ", "),
                                         name_of(first.failure));
}

/// "first", "2nd", "3rd", "11th".
std::string ordinal(std::int64_t number) {
  const std::int64_t last = number / 10 % 10 == 1 ? 0 : number % 10;
  const std::string_view ending = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return number == 1 ? "first" : fmt::format("{}{}", number, ending);
}

/// Those of the same reason together.
std::vector<Waiting> each_once(const std::vector<Waiting>& reasons) {
  std::vector<Waiting> once;
  for (const Waiting& waiting : reasons) {
    const auto same = std::ranges::find(once, waiting.reason, &Waiting::reason);
    if (same == once.end()) {
      once.push_back(waiting);
      continue;
    }
    same->runs += waiting.runs;
    if (waiting.until) {
      same->until = std::min(same->until.value_or(*waiting.until), *waiting.until);
    }
  }
  return once;
}

/// Of the run that is tried again first.
Waiting waiting_to_rest(SchedulerBook& book, const Sweep& sweep) {
  Waiting waiting{.reason = {},
                  .runs = static_cast<std::int64_t>(sweep.resting.size()),
                  .example = {},
                  .until = {}};
  for (const RunOrder& order : sweep.resting) {
    const Setbacks& setbacks = *book.setbacks_of(order.run);
    if (!waiting.until || *setbacks.rests_until < *waiting.until) {
      waiting.until = setbacks.rests_until;
      waiting.example = order.run;
      waiting.reason = fmt::format(
          "waits after a failure ({}), the {} in a row without a new step, "
          "before it is tried again",
          name_of(setbacks.failure),
          ordinal(setbacks.failures_in_row));
    }
  }
  return waiting;
}

}  // namespace

void hand_out(SchedulerBook& book, Moment now, Effects& effects) {
  book.wake(now.awake);
  look_at_devices(book, now, effects);
  if (book.is_draining) {
    return;
  }
  std::set<SweepId> hungry;
  for (const SweepId id : book.open_sweeps()) {
    Sweep& sweep = *book.sweep(id);
    pause_or_go_on(book, sweep, now, effects);
    const bool is_to_go_on = sweep.state == SweepState::running || sweep.is_paused_by_itself();
    if (is_to_go_on && !sweep.rests_until) {
      hungry.insert(id);
    }
  }
  let_in(book);
  Choice choice(book, now);
  while (!hungry.empty()) {
    const SweepId id = next_in_turn(book, hungry);
    if (!give_run(book, *book.sweep(id), choice, now, effects)) {
      hungry.erase(id);
    }
  }
}

std::vector<Waiting> reasons_to_wait(SchedulerBook& book, const Sweep& sweep) {
  std::vector<Waiting> reasons;
  if (!sweep.ready.empty()) {
    reasons.push_back({reason_of_ready(book, sweep),
                       static_cast<std::int64_t>(sweep.ready.size()),
                       sweep.ready.begin()->run,
                       next_try_of(book, sweep)});
  }
  const bool is_going =
      sweep.state == SweepState::running && !book.is_draining && sweep.rules.no_place.empty();
  if (!sweep.choosy.empty()) {
    reasons.push_back({is_going ? reason_of_choosy(book, sweep) : reason_of_ready(book, sweep),
                       static_cast<std::int64_t>(sweep.choosy.size()),
                       sweep.choosy.begin()->run,
                       is_going ? std::nullopt : next_try_of(book, sweep)});
  }
  if (!sweep.resting.empty()) {
    Waiting resting = waiting_to_rest(book, sweep);
    if (!is_going) {  // that they rest holds nothing up
      resting.reason = reason_of_ready(book, sweep);
      resting.until = next_try_of(book, sweep);
    }
    reasons.push_back(std::move(resting));
  }
  if (!sweep.awaiting.empty()) {
    const RunId example = sweep.awaiting.begin()->run;
    const Run* const provider = book.beginnings().provider_of(*book.run(example));
    reasons.push_back({fmt::format("run {} trains their beginning for them (`share` of the sweep "
                                   "file)",
                                   provider != nullptr ? provider->record.run : example),
                       static_cast<std::int64_t>(sweep.awaiting.size()),
                       example,
                       {}});
  }
  if (!sweep.held.empty()) {
    const RunId example = sweep.held.begin()->run;
    reasons.push_back(
        {fmt::format("paused one by one; `tarama resume {}/{}` goes on", sweep.id, example),
         static_cast<std::int64_t>(sweep.held.size()),
         example,
         {}});
  }
  return each_once(reasons);
}

}  // namespace tarama::scheduling
