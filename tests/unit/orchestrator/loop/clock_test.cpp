// Time awake: what passes between ticks, but for gaps in which nobody lived.
#include "orchestrator/loop/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace tarama::orchestrator {
namespace {

using namespace std::chrono_literals;

class AClock : public testing::Test {
 protected:
  std::chrono::milliseconds steady{5000};
  TimePoint wall{1'000'000};
  Clock clock{{.wall = [this] { return wall; }, .steady = [this] { return steady; }}, 1000ms};

  std::chrono::milliseconds awake() const { return clock.now().awake; }
};

TEST_F(AClock, CountsWhatPassesWhileItTicks) {
  const auto start = awake();
  for (int second = 0; second < 10; ++second) {
    steady += 1000ms;
    EXPECT_FALSE(clock.tick());
  }
  steady += 400ms;

  EXPECT_EQ(awake() - start, 10'400ms);
}

TEST_F(AClock, ANightCountsAsAFewTicksAndIsNoticed) {
  const auto start = awake();
  steady += 8h;

  EXPECT_TRUE(clock.tick());
  EXPECT_EQ(awake() - start, 3000ms);
  EXPECT_FALSE(clock.tick());
}

TEST_F(AClock, BetweenTicksAGapCountsNoMoreThanAtTheTick) {
  const auto start = awake();
  steady += 8h;

  EXPECT_EQ(awake() - start, 3000ms);
}

TEST_F(AClock, AWallClockThatIsSetChangesNoDuration) {
  const auto start = awake();
  wall = TimePoint{0};
  steady += 1000ms;
  static_cast<void>(clock.tick());

  EXPECT_EQ(awake() - start, 1000ms);
  EXPECT_EQ(clock.now().wall, TimePoint{0});
}

}  // namespace
}  // namespace tarama::orchestrator
