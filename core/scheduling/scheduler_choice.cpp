// Devices, their health, and the runs that are choosy about them.
#include "core/scheduling/scheduler_choice.hpp"

#include <algorithm>
#include <string_view>

namespace tarama::scheduling {
namespace {

using Health = DeviceHealth::State;

/// "cuda:1" is named by itself and by "cuda".
bool is_named_by(std::string_view device, std::string_view name) {
  return device == name || (device.starts_with(name) && device.substr(name.size()).front() == ':');
}

/// Devices of one pool share what there is: workers on cores the memory, whatever their threads
/// ("cpu", "cpu*4"); each GPU is a pool of its own.
std::string_view pool_of(std::string_view device) {
  return device.substr(0, device.find('*'));
}

constexpr double whole = 1 + 1e-6;  // three thirds are one

double share_of(const SweepRules& rules, const std::string& device) {
  const auto found = rules.shares.find(device);
  return found == rules.shares.end() ? 0 : found->second;
}

Health health_of(SchedulerBook& book, const std::string& device) {
  const Device* const known = book.device(device);
  return known == nullptr ? Health::healthy : known->health.state();
}

}  // namespace

bool allows(const SweepRules& rules, const std::string& device) {
  if (!rules.no_place.empty()) {
    return false;
  }
  return rules.devices.empty() || std::ranges::any_of(rules.devices, [&](const std::string& name) {
           return is_named_by(device, name);
         });
}

std::vector<std::string> devices_of(SchedulerBook& book, const Sweep& sweep) {
  std::vector<std::string> devices;
  if (!sweep.rules.no_place.empty()) {
    return devices;
  }
  for (const auto& [name, device] : book.devices()) {
    if (allows(sweep.rules, name)) {
      devices.push_back(name);
    }
  }
  for (const std::string& wanted : sweep.rules.devices) {
    const bool is_there = std::ranges::any_of(
        devices, [&](const std::string& device) { return is_named_by(device, wanted); });
    if (!is_there) {
      devices.push_back(wanted);  // no worker has joined on it yet
    }
  }
  return devices;
}

bool has_only_sick_devices(SchedulerBook& book, const Sweep& sweep) {
  const std::vector<std::string> devices = devices_of(book, sweep);
  return !devices.empty() && std::ranges::all_of(devices, [&](const std::string& device) {
    return health_of(book, device) == Health::quarantined;
  });
}

bool has_a_sound_device(SchedulerBook& book, const Sweep& sweep) {
  return std::ranges::any_of(devices_of(book, sweep), [&](const std::string& device) {
    return health_of(book, device) == Health::healthy;
  });
}

Worker* Choice::worker_for(const Sweep& sweep, const Run& run, For what) {
  Worker* for_trial = nullptr;
  for (const auto& [busy, id] : book_.idle()) {
    Worker* const worker = book_.worker(id);
    const Device& device = *book_.device(worker->device);
    if (!may_take(sweep, run, device, what)) {
      continue;
    }
    if (device.health.state() == Health::healthy) {
      return worker;
    }
    for_trial = for_trial == nullptr ? worker : for_trial;
  }
  return for_trial;
}

bool Choice::may_take(const Sweep& sweep, const Run& run, const Device& device, For what) {
  const Health health = device.health.state();
  const bool is_open = health == Health::due || (health == Health::healthy && what == For::all);
  if (!is_open || !allows(sweep.rules, device.name) || being_emptied_.contains(device.name) ||
      is_kept_from(sweep, device)) {
    return false;
  }
  const Setbacks* const setbacks = book_.setbacks_of(run.record.run);
  return (setbacks == nullptr || !is_to_go_elsewhere(sweep, *setbacks, device)) &&
         has_room_for(setbacks, device) && has_share_for(sweep, device);
}

/// Those that take nothing of it are in nobody's way.
bool Choice::is_kept_from(const Sweep& sweep, const Device& device) const {
  return share_of(sweep.rules, device.name) > 0 &&
         kept_pools_.contains(std::string(pool_of(device.name)));
}

/// What is taken of what runs on the device share.
Choice::Taken Choice::taken_beside(const Sweep& sweep, const Device& device) {
  Taken taken;
  for (const auto& [name, other] : book_.devices()) {
    if (pool_of(name) != pool_of(device.name)) {
      continue;
    }
    for (const RunId id : other.runs) {
      const Sweep& holder = book_.sweep_of(*book_.run(id));
      const double share = share_of(holder.rules, name);
      ++taken.runs;
      taken.by_all += share;
      taken.by_other_sweeps += holder.id != sweep.id ? share : 0;
    }
  }
  return taken;
}

/// One run alone always has: what is said to be needed is an estimate.
bool Choice::has_share_for(const Sweep& sweep, const Device& device) {
  const double wanted = share_of(sweep.rules, device.name);
  if (wanted <= 0) {
    return true;
  }
  const Taken taken = taken_beside(sweep, device);
  return taken.runs == 0 || taken.by_all + wanted <= whole;
}

bool Choice::is_short_of_its_share(const Sweep& sweep) {
  return std::ranges::any_of(book_.idle(), [&](const IdleWorker& idle) {
    const Device& device = *book_.device(book_.worker(idle.second)->device);
    return device.health.state() == Health::healthy && allows(sweep.rules, device.name) &&
           !has_share_for(sweep, device);
  });
}

// As runs of other sweeps end, there is room for it; they may be small, and would take that for
// ever. Where its own runs are in its way, others may have the rest.
void Choice::keep_shares_for(const Sweep& sweep) {
  for (const auto& [name, device] : book_.devices()) {
    const double wanted = share_of(sweep.rules, name);
    const Taken taken = taken_beside(sweep, device);
    if (wanted > 0 && taken.by_all - taken.by_other_sweeps + wanted <= whole) {
      kept_pools_.insert(std::string(pool_of(name)));
    }
  }
}

bool Choice::is_to_go_elsewhere(const Sweep& sweep,
                                const Setbacks& setbacks,
                                const Device& device) {
  if (setbacks.failed_on.empty()) {
    return false;
  }
  if (device.health.state() == Health::due && !sweep.ready.empty()) {
    return true;  // one that has failed nowhere says more about it
  }
  if (now_.awake - setbacks.ready_since >= patience_with_devices) {
    return false;
  }
  if (device.health.state() == Health::due) {
    // A run that has failed elsewhere as well would show nothing about the device.
    return setbacks.failed_on.size() > 1 || !setbacks.failed_on.contains(device.name);
  }
  return setbacks.failed_on.contains(device.name) &&
         std::ranges::any_of(devices_of(book_, sweep), [&](const std::string& other) {
           return !setbacks.failed_on.contains(other) && health_of(book_, other) == Health::healthy;
         });
}

bool Choice::has_room_for(const Setbacks* setbacks, const Device& device) {
  const auto there = static_cast<std::int64_t>(device.runs.size());
  if (setbacks != nullptr && setbacks->most_beside && there > *setbacks->most_beside) {
    return false;
  }
  return std::ranges::all_of(device.runs, [&](RunId id) {
    const Setbacks* const others = book_.setbacks_of(id);
    return others == nullptr || !others->most_beside || there <= *others->most_beside;
  });
}

// As its runs end, the device with the fewest stays the one with the fewest: it is not filled up.
void Choice::make_room_for(const Sweep& sweep, const Run& run) {
  const Setbacks* const setbacks = book_.setbacks_of(run.record.run);
  if (setbacks == nullptr || !setbacks->most_beside) {
    return;
  }
  const Device* emptiest = nullptr;
  for (const auto& [name, device] : book_.devices()) {
    const bool may_come = device.health.state() == Health::healthy && allows(sweep.rules, name) &&
                          !is_to_go_elsewhere(sweep, *setbacks, device);
    if (may_come && (emptiest == nullptr || device.runs.size() < emptiest->runs.size())) {
      emptiest = &device;
    }
  }
  if (emptiest != nullptr) {
    being_emptied_.insert(emptiest->name);
  }
}

}  // namespace tarama::scheduling
