// Time awake, of the readings of a steady clock: what passed while the machine slept or the process
// was stopped counts for nothing. Pure: whoever lives says so regularly, and gives the readings.
#pragma once

#include <algorithm>
#include <chrono>

namespace tarama {

class AwakeTime {
 public:
  /// `period`: how often `tick` is called. `now`: the clock as it reads.
  AwakeTime(std::chrono::nanoseconds period, std::chrono::nanoseconds now)
      : longest_(periods_that_count * period), last_tick_(now) {}

  /// Awake, since some moment; never goes back.
  [[nodiscard]] std::chrono::nanoseconds at(std::chrono::nanoseconds now) const {
    return awake_ + std::clamp(now - last_tick_, std::chrono::nanoseconds{0}, longest_);
  }

  /// Whoever asks lives. Between two ticks at most three periods count: longer than that, it stood
  /// still. Whether it did.
  bool tick(std::chrono::nanoseconds now) {
    const bool stood_still = now - last_tick_ > longest_;
    awake_ = at(now);
    last_tick_ = now;
    return stood_still;
  }

 private:
  // A loop under great load is late by a period or two; beyond that it was not running at all.
  static constexpr int periods_that_count = 3;

  std::chrono::nanoseconds longest_;
  std::chrono::nanoseconds last_tick_;
  std::chrono::nanoseconds awake_{};
};

}  // namespace tarama
