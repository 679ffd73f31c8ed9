// See device_sharing.hpp.
#include "core/scheduling/device_sharing.hpp"

#include <algorithm>
#include <cmath>

namespace tarama {

void DeviceSharing::begin_with(std::int64_t runs) {
  room_ = runs_ = proven_ = std::clamp<std::int64_t>(runs, 1, rules_.most);
}

void DeviceSharing::set_room(std::optional<std::int64_t> room) {
  const std::int64_t most = std::min(rules_.most, most_held_.value_or(rules_.most));
  room_ = std::clamp<std::int64_t>(room.value_or(1), 1, most);
  runs_ = std::min(runs_, room_);
  proven_ = std::min(proven_, room_);
}

void DeviceSharing::begin_anew() {
  runs_ = 1;
  proven_ = 1;
  vain_.reset();
  most_held_.reset();
  looks_since_ = 0;
  rates_.clear();
}

void DeviceSharing::measured(const std::string& kind, std::int64_t runs, double steps_per_second) {
  if (runs < 1 || !std::isfinite(steps_per_second) || steps_per_second <= 0) {
    return;
  }
  if (kind != kind_) {
    if (!kind_.empty()) {
      begin_anew();
    }
    kind_ = kind;
  }
  take(runs, steps_per_second);
  if (runs == runs_) {
    decide();
  }
}

void DeviceSharing::ran_out_of_memory(std::int64_t runs) {
  most_held_ = std::max<std::int64_t>(1, std::min(runs - 1, most_held_.value_or(runs - 1)));
  set_room(room_);
}

/// The first looks count alike, later ones fade: clocks fall as a GPU warms up.
void DeviceSharing::take(std::int64_t runs, double rate) {
  Rate& known = rates_[runs];
  ++known.looks;
  const auto weight = static_cast<double>(std::min(known.looks, 2 * rules_.looks));
  known.mean += (rate - known.mean) / weight;
}

bool DeviceSharing::is_worth_it() const {
  const auto fewer = rates_.find(runs_ - 1);
  if (fewer == rates_.end()) {
    return true;  // that many were at work from the start: nothing speaks against it
  }
  const double share = runs_ <= proven_ ? rules_.kept_share : 1;
  return rates_.at(runs_).mean >= fewer->second.mean * (1 + share * rules_.margin);
}

void DeviceSharing::decide() {
  if (rates_.at(runs_).looks < rules_.looks) {
    return;
  }
  if (runs_ > 1 && !is_worth_it()) {
    vain_ = runs_;
    looks_since_ = 0;
    --runs_;
    proven_ = std::min(proven_, runs_);
    return;
  }
  proven_ = std::max(proven_, runs_);
  ++looks_since_;
  if (vain_ && looks_since_ > rules_.looks_until_again) {
    vain_.reset();
  }
  if (runs_ < room_ && (!vain_ || runs_ + 1 < *vain_)) {
    ++runs_;
    rates_.erase(runs_);  // what was measured before may have been of another hour
  }
}

}  // namespace tarama
