// Demands summed up by device.
#include "orchestrator/devices/staffing.hpp"

#include <algorithm>

namespace tarama::orchestrator {
namespace {

DeviceHealth::State health_at(const HealthByDevice& health, const Place& place) {
  const auto found = health.find(place.device);
  return found == health.end() ? DeviceHealth::State::healthy : found->second;
}

bool is_sound(const HealthByDevice& health, const Place& place) {
  return health_at(health, place) == DeviceHealth::State::healthy;
}

bool is_to_be_tried(const HealthByDevice& health, const Place& place) {
  const DeviceHealth::State state = health_at(health, place);
  return state == DeviceHealth::State::due || state == DeviceHealth::State::on_trial;
}

/// What this sweep wants of each of its places, in their order.
std::vector<std::int64_t> wanted_of(const Demand& demand, const HealthByDevice& health) {
  std::vector<std::int64_t> wanted(demand.places.size(), 0);
  std::int64_t left = demand.is_only_trying ? 0 : demand.runs;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Place& place = demand.places[i];
    if (is_sound(health, place)) {
      wanted[i] = std::min(left, place.workers);
      left -= wanted[i];
    } else if (is_to_be_tried(health, place)) {
      wanted[i] = std::min<std::int64_t>(demand.runs, 1);
    }
  }
  for (const std::vector<std::string>& shunned : demand.shunned) {
    const auto other = std::ranges::find_if(demand.places, [&](const Place& place) {
      return is_sound(health, place) && std::ranges::find(shunned, place.device) == shunned.end();
    });
    if (other != demand.places.end()) {
      std::int64_t& there = wanted[static_cast<std::size_t>(other - demand.places.begin())];
      there = std::max<std::int64_t>(there, 1);
    }
  }
  return wanted;
}

}  // namespace

std::vector<std::pair<Place, std::int64_t>> wanted_workers(const std::vector<Demand>& demands,
                                                           const HealthByDevice& health) {
  std::map<std::string, std::pair<Place, std::int64_t>> all;
  for (const Demand& demand : demands) {
    const std::vector<std::int64_t> wanted = wanted_of(demand, health);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Place& place = demand.places[i];
      auto& [kept, count] = all.try_emplace(place.device, place, 0).first->second;
      kept.workers = std::max(kept.workers, place.workers);
      count += wanted[i];
    }
  }
  std::vector<std::pair<Place, std::int64_t>> places;
  for (auto& [device, want] : all) {
    places.emplace_back(want.first, std::min(want.second, want.first.workers));
  }
  return places;
}

}  // namespace tarama::orchestrator
