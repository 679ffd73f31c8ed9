// How many runs are wanted at once on which place: as many as there is work for, no more than the
// places hold, one where a run is to try a device in quarantine, and one elsewhere for a run that
// failed where it was. Pure.
#pragma once

#include "core/scheduling/device_health.hpp"
#include "orchestrator/devices/devices.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::orchestrator {

/// What one sweep asks for.
struct Demand {
  std::vector<Place> places;
  std::int64_t runs = 0;        // pending or at work, as many as may be at once
  bool is_only_trying = false;  // paused since no device works: runs try devices, and nothing else
  /// Of runs that wait for another device: those where each of them failed.
  std::vector<std::vector<std::string>> shunned{};
};

using HealthByDevice = std::map<std::string, DeviceHealth::State>;  // healthy ones may be missing

/// Places with how many runs at once they want, by device.
[[nodiscard]] std::vector<std::pair<Place, std::int64_t>> wanted_workers(
    const std::vector<Demand>& demands, const HealthByDevice& health);

}  // namespace tarama::orchestrator
