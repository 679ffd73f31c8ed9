// When a worker without an orchestrator ends by itself.
#include "worker/agent/loneliness.hpp"

#include "worker/agent/reconnection.hpp"

#include <gtest/gtest.h>

namespace tarama {
namespace {

using namespace std::chrono_literals;

HostedStanding at_work(std::int64_t signs) {
  return {.is_idle = false, .at_work = {{RunId{1}, Attempt{1}, signs, signs}}};
}

TEST(Loneliness, WithoutARunItEndsAfterTheTimeOfGrace) {
  Loneliness alone(10min, 5s);

  EXPECT_EQ(alone.look({}, 5s + 10min - 1ms), std::nullopt);
  EXPECT_EQ(alone.look({}, 5s + 10min),
            (Resolution{Resolution::Kind::stop,
                        "no orchestrator came back within 600 s of the last run"}));
}

TEST(Loneliness, TheTimeOfGraceBeginsWithTheEndOfItsRun) {
  Loneliness alone(10min, 0s);
  EXPECT_EQ(alone.look(at_work(1), 5min), std::nullopt);
  EXPECT_EQ(alone.look(at_work(2), 14min), std::nullopt);

  EXPECT_EQ(alone.look({}, 24min - 1ms), std::nullopt);
  EXPECT_NE(alone.look({}, 24min), std::nullopt);
}

TEST(Loneliness, WithoutAnyGraceItStillEndsItsRunFirst) {
  Loneliness alone(0s, 0s);

  EXPECT_EQ(alone.look(at_work(1), 0s), std::nullopt);
  EXPECT_EQ(alone.look(at_work(2), 1s), std::nullopt);
  EXPECT_NE(alone.look({}, 1s), std::nullopt);
}

TEST(Loneliness, ARunThatHangsEndsTheProcessSinceNobodyElseWould) {
  Loneliness alone(10min, 0s);
  EXPECT_EQ(alone.look(at_work(4), 1s), std::nullopt);
  EXPECT_EQ(alone.look(at_work(4), 10min), std::nullopt);

  EXPECT_EQ(alone.look(at_work(4), 10min + 2s),
            (Resolution{Resolution::Kind::exit, "run 1 made no progress for 601 s"}));
}

TEST(Loneliness, ADiskWithoutRoomIsWaitedForAsLongAndNoLonger) {
  Loneliness alone(10min, 0s);
  HostedStanding held_up = at_work(1);
  held_up.is_held_up = true;

  EXPECT_EQ(alone.look(held_up, 9min), std::nullopt);
  held_up.at_work[0].signs = 2;  // held up is no hang
  const auto resolution = alone.look(held_up, 10min);

  ASSERT_NE(resolution, std::nullopt);
  EXPECT_EQ(resolution->kind, Resolution::Kind::stop);
}

TEST(Reconnection, PausesAreShortenedByUpToAHalf) {
  EXPECT_EQ(with_jitter(1000ms, 0), 1000ms);
  EXPECT_EQ(with_jitter(1000ms, 0.5), 750ms);
}

}  // namespace
}  // namespace tarama
