// From ends of attempts to quarantines, and from quarantines to pauses.
#include "core/scheduling/scheduler_devices.hpp"

#include "core/scheduling/failure_blame.hpp"
#include "core/scheduling/scheduler_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace tarama::scheduling {
namespace {

void persist(const Device& device, Effects& effects) {
  const Quarantine& quarantine = *device.health.quarantine();
  effects.emplace_back(PersistQuarantine{.device = device.name,
                                         .began_at = quarantine.began_at,
                                         .reason = quarantine.reason,
                                         .failed_tries = quarantine.failed_tries,
                                         .ended_at = {}});
}

void note_that_it_works(Device& device, Moment now, Effects& effects) {
  const std::optional<Quarantine> before = device.health.quarantine();
  if (device.health.worked()) {
    effects.emplace_back(PersistQuarantine{.device = device.name,
                                           .began_at = before->began_at,
                                           .reason = before->reason,
                                           .failed_tries = before->failed_tries,
                                           .ended_at = now.wall});
  }
}

/// On other devices than this one, by what may have been their doing.
std::vector<std::string> other_devices_it_failed_on(const Setbacks* setbacks,
                                                    const std::string& device) {
  std::vector<std::string> others;
  if (setbacks != nullptr) {
    for (const std::string& other : setbacks->failed_on) {
      if (other != device) {
        others.push_back(other);
      }
    }
  }
  return others;
}

Blame blame_for(const Failure& failure, const Device& device) {
  return failure.had_own_process ? blame_of_program(failure.failure, device.name)
                                 : blame_of(failure.failure, failure.signal);
}

/// A program tries a device on which it has failed before, and does it again: that shows nothing
/// about the device, and somebody has to count it, or runs like it try for ever.
bool repeats_itself(const Setbacks* setbacks, const Failure& failure, const Device& device) {
  return failure.had_own_process && failure.failure != FailureClass::device_error &&
         setbacks != nullptr && setbacks->failed_on.contains(device.name);
}

}  // namespace

bool is_held_against_device(
    SchedulerBook& book, const Run& run, const Failure& failure, Moment now, Effects& effects) {
  Device& device = book.device_of(run);
  const RunId id = run.record.run;
  const Setbacks* const setbacks = book.setbacks_of(id);
  const bool is_on_trial = device.health.run_on_trial() == id;
  if (blame_for(failure, device) != Blame::device ||
      (is_on_trial && repeats_itself(setbacks, failure, device))) {
    note_empty_end(book, run);
    return false;
  }
  const auto others = other_devices_it_failed_on(setbacks, device.name);
  if (!others.empty() && !is_on_trial) {
    // It does so everywhere: it is the run's own.
    for (const std::string& other : others) {
      book.add_device(other).health.take_back(id);
    }
    return true;
  }
  if (!failure.is_told && device.health.failed(id, failure.failure, failure.message, now)) {
    persist(device, effects);
  }
  return true;
}

void note_sound_end(SchedulerBook& book, const Run& run, Moment now, Effects& effects) {
  note_that_it_works(book.device_of(run), now, effects);
}

void note_empty_end(SchedulerBook& book, const Run& run) {
  book.device_of(run).health.trial_ended(run.record.run);
}

void look_at_devices(SchedulerBook& book, Moment now, Effects& effects) {
  for (auto& [name, device] : book.devices()) {
    device.health.look_at(now.awake);
    if (device.health.state() != DeviceHealth::State::on_trial) {
      continue;
    }
    const Run* const run = book.run(*device.health.run_on_trial());
    if (run != nullptr && run->has_advanced && run->started_at &&
        now.awake - *run->started_at >= long_enough_to_show) {
      note_that_it_works(device, now, effects);
    }
  }
}

void give_devices_a_chance(SchedulerBook& book, const Sweep& sweep) {
  for (const std::string& name : devices_of(book, sweep)) {
    if (Device* const device = book.device(name)) {
      device->health.give_a_chance();
    }
  }
}

void pause_or_go_on(SchedulerBook& book, Sweep& sweep, Moment now, Effects& effects) {
  if (sweep.rests_until && now.awake < *sweep.rests_until) {
    return;
  }
  if (sweep.is_paused_by_itself()) {
    if (has_a_sound_device(book, sweep)) {
      book.set_state(sweep, SweepState::running, effects);
    }
    return;
  }
  if (sweep.state != SweepState::running || sweep.account.pending == 0 ||
      !has_only_sick_devices(book, sweep)) {
    return;
  }
  std::vector<std::string> reasons;
  for (const std::string& name : devices_of(book, sweep)) {
    reasons.push_back(fmt::format("{} ({})", name, book.device(name)->health.quarantine()->reason));
  }
  book.set_state(sweep,
                 SweepState::paused,
                 effects,
                 fmt::format("every device is in quarantine: {}", fmt::join(reasons, "; ")));
}

}  // namespace tarama::scheduling
