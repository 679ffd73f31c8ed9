// Sums up what passed between ticks, each gap cut to what a living loop can need.
#include "orchestrator/loop/clock.hpp"

#include <algorithm>

namespace tarama::orchestrator {
namespace {

// A loop under great load is late by a period or two; beyond that it was not running at all.
constexpr int periods_that_count = 3;

}  // namespace

ClockSource system_clocks() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return {.wall =
              [] {
                const auto now = std::chrono::system_clock::now().time_since_epoch();
                return TimePoint{duration_cast<milliseconds>(now).count()};
              },
          .steady =
              [] {
                const auto now = std::chrono::steady_clock::now().time_since_epoch();
                return duration_cast<milliseconds>(now);
              }};
}

Clock::Clock(ClockSource source, std::chrono::milliseconds period)
    : source_(std::move(source)),
      longest_(periods_that_count * period),
      last_tick_(source_.steady()) {}

std::chrono::milliseconds Clock::since_tick() const {
  return std::clamp(source_.steady() - last_tick_, std::chrono::milliseconds{0}, longest_);
}

Moment Clock::now() const {
  return {source_.wall(), awake_ + since_tick()};
}

bool Clock::tick() {
  const bool stood_still = source_.steady() - last_tick_ > longest_;
  awake_ += since_tick();
  last_tick_ = source_.steady();
  return stood_still;
}

}  // namespace tarama::orchestrator
