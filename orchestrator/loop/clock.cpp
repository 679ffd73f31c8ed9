// The readings of the machine's clocks, and the time awake that they make.
#include "orchestrator/loop/clock.hpp"

#include <utility>

namespace tarama::orchestrator {
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
    : source_(std::move(source)), awake_(period, source_.steady()) {}

Moment Clock::now() const {
  return {source_.wall(),
          std::chrono::duration_cast<std::chrono::milliseconds>(awake_.at(source_.steady()))};
}

bool Clock::tick() {
  return awake_.tick(source_.steady());
}

}  // namespace tarama::orchestrator
