// When a device is given up, tried again, and taken back.
#include "core/scheduling/device_health.hpp"

#include "core/scheduling/failure_blame.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace tarama {
namespace {

using namespace std::chrono_literals;
using State = DeviceHealth::State;

constexpr FailureClass exited = FailureClass::exited;

Moment awake(std::chrono::milliseconds time) {
  return {TimePoint{1'000'000 + time.count()}, time};
}

/// In quarantine since moment 0.
DeviceHealth sick_device() {
  DeviceHealth health;
  for (const std::int64_t run : {1, 2, 3}) {
    static_cast<void>(health.failed(RunId{run}, exited, "why", awake(0ms)));
  }
  return health;
}

TEST(DeviceHealth, ThreeRunsInARowAreOneTooMany) {
  DeviceHealth health;

  EXPECT_FALSE(health.failed(RunId{1}, exited, "a", awake(0ms)));
  EXPECT_FALSE(health.failed(RunId{2}, exited, "b", awake(0ms)));
  EXPECT_EQ(health.state(), State::healthy);
  EXPECT_TRUE(health.failed(RunId{3}, FailureClass::crashed, "signal 11", awake(0ms)));

  EXPECT_EQ(health.state(), State::quarantined);
  EXPECT_EQ(health.quarantine(),
            (Quarantine{TimePoint{1'000'000},
                        "3 runs in a row failed on it, the last as crashed: signal 11",
                        0,
                        1min}));
}

TEST(DeviceHealth, OneRunThatFailsAgainAndAgainIsOneFailure) {
  DeviceHealth health;

  for (int attempt = 0; attempt < 10; ++attempt) {
    EXPECT_FALSE(health.failed(RunId{1}, exited, "", awake(0ms)));
  }

  EXPECT_EQ(health.state(), State::healthy);
}

TEST(DeviceHealth, ARunThatGetsThroughBeginsTheCountAnew) {
  DeviceHealth health;
  static_cast<void>(health.failed(RunId{1}, exited, "", awake(0ms)));
  static_cast<void>(health.failed(RunId{2}, exited, "", awake(0ms)));

  EXPECT_FALSE(health.worked());

  EXPECT_FALSE(health.failed(RunId{3}, exited, "", awake(0ms)));
}

TEST(DeviceHealth, AFailureThatWasTheRunsOwnIsTakenBack) {
  DeviceHealth health;
  static_cast<void>(health.failed(RunId{1}, exited, "", awake(0ms)));
  static_cast<void>(health.failed(RunId{2}, exited, "", awake(0ms)));

  health.take_back(RunId{1});

  EXPECT_FALSE(health.failed(RunId{3}, exited, "", awake(0ms)));
  EXPECT_TRUE(health.failed(RunId{4}, exited, "", awake(0ms)));
}

TEST(DeviceHealth, TriesComeWithGrowingWaits) {
  DeviceHealth health = sick_device();
  auto now = 0ms;
  for (const std::chrono::milliseconds wait : {1min, 5min, 20min, 60min, 60min}) {
    health.look_at(now + wait - 1ms);
    ASSERT_EQ(health.state(), State::quarantined);
    now += wait;
    health.look_at(now);
    ASSERT_EQ(health.state(), State::due);
    health.try_with(RunId{9});
    ASSERT_EQ(health.state(), State::on_trial);
    ASSERT_TRUE(health.failed(RunId{9}, FailureClass::device_error, "", awake(now)));
  }

  EXPECT_EQ(health.quarantine()->failed_tries, 5);
  EXPECT_EQ(health.quarantine()->reason, "run 9 tried it and failed (device_error)");
}

TEST(DeviceHealth, ATryThatSomebodyAsksForMakesNoWaitLonger) {
  DeviceHealth health = sick_device();

  for (const std::chrono::milliseconds asked : {10s, 20s, 30s}) {
    health.give_a_chance();
    health.try_with(RunId{9});
    ASSERT_TRUE(health.failed(RunId{9}, exited, "", awake(asked)));
    ASSERT_EQ(health.state(), State::quarantined);
    ASSERT_EQ(health.quarantine()->next_try, 1min);
  }
  health.look_at(1min);
  health.try_with(RunId{9});
  static_cast<void>(health.failed(RunId{9}, exited, "", awake(1min)));

  EXPECT_EQ(health.quarantine()->next_try, 6min) << "the next wait, and not one behind it";
}

TEST(DeviceHealth, ATryThatGetsThroughEndsTheQuarantine) {
  DeviceHealth health = sick_device();
  health.give_a_chance();
  health.try_with(RunId{9});

  EXPECT_TRUE(health.worked());

  EXPECT_EQ(health.state(), State::healthy);
  EXPECT_EQ(health.quarantine(), std::nullopt);
}

TEST(DeviceHealth, ATryThatShowsNothingIsFollowedByTheNext) {
  DeviceHealth health = sick_device();
  health.give_a_chance();
  health.try_with(RunId{9});

  health.trial_ended(RunId{8});
  EXPECT_EQ(health.state(), State::on_trial);
  health.trial_ended(RunId{9});

  EXPECT_EQ(health.state(), State::due);
}

TEST(FailureBlame, KnowsWhatIsTheRunsOwnTheDevicesAndNeithers) {
  using enum FailureClass;
  for (const FailureClass failure : {diverged, out_of_memory, time_limit, bad_data}) {
    EXPECT_EQ(blame_of(failure), Blame::run) << name_of(failure);
  }
  for (const FailureClass failure :
       {crashed, FailureClass::exited, hung, bad_report, device_error}) {
    EXPECT_EQ(blame_of(failure), Blame::device) << name_of(failure);
  }
  for (const FailureClass failure : {disk_full, lost}) {
    EXPECT_EQ(blame_of(failure), Blame::outside) << name_of(failure);
  }
}

TEST(FailureBlame, AProcessThatWasKilledFromOutsideSaysNothingAboutItsDevice) {
  EXPECT_EQ(blame_of(FailureClass::crashed, SIGKILL), Blame::outside);
  EXPECT_EQ(blame_of(FailureClass::crashed, SIGTERM), Blame::outside);
  EXPECT_EQ(blame_of(FailureClass::crashed, SIGSEGV), Blame::device);
  EXPECT_EQ(blame_of(FailureClass::crashed, SIGBUS), Blame::device);
}

TEST(FailureBlame, WhatAProgramDoesOnCoresIsItsOwnDoing) {
  using enum FailureClass;
  for (const FailureClass failure :
       {crashed, hung, FailureClass::exited, device_error, out_of_memory, program_error}) {
    EXPECT_EQ(blame_of_program(failure, "cpu"), Blame::run) << name_of(failure);
    EXPECT_EQ(blame_of_program(failure, "cpu*4"), Blame::run) << name_of(failure);
  }
  for (const FailureClass failure : {disk_full, lost}) {
    EXPECT_EQ(blame_of_program(failure, "cpu"), Blame::outside) << name_of(failure);
  }
}

TEST(FailureBlame, OfAProgramOnAGpuOnlyItsOwnExitIsSurelyItsDoing) {
  EXPECT_EQ(blame_of_program(FailureClass::exited, "cuda:0"), Blame::run);
  EXPECT_EQ(blame_of_program(FailureClass::crashed, "cuda:0"), Blame::device);
  EXPECT_EQ(blame_of_program(FailureClass::hung, "cuda:0"), Blame::device);
  EXPECT_EQ(blame_of_program(FailureClass::device_error, "cuda:0"), Blame::device);
}

}  // namespace
}  // namespace tarama
