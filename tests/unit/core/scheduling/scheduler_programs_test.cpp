// What failures of programs come to: most are their own doing, and no sweep waits for them.
#include "tests/unit/core/scheduling/scheduler_machine.hpp"

#include <map>

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;
using testing::SizeIs;
using Health = DeviceHealth::State;

/// Everything at work ends: the first `bad` runs fail, always, the others succeed. One more second
/// passes. False: nothing is left.
bool pass_a_second(Machine& machine, FailureClass failure, int bad) {
  for (const auto& [id, work] : std::map(machine.at_work)) {
    id.value <= bad ? machine.fail_program(id, failure) : machine.succeed(id);
  }
  machine.wait(1s);
  return machine.scheduler.state(sweep) != SweepState::finished;
}

/// How many seconds a sweep of `runs` takes, of which the first `bad` always fail; 0: more than an
/// hour.
int seconds_of(Machine& machine, FailureClass failure, int runs, int bad) {
  machine.give(SweepSubmitted{sweep_of(runs, {.max_restarts = 2})});
  for (int second = 1; second <= 3600; ++second) {
    if (!pass_a_second(machine, failure, bad)) {
      return second;
    }
  }
  return 0;
}

class ProgramFailure : public testing::TestWithParam<FailureClass> {};

TEST_P(ProgramFailure, QuarantinesNoCoresAndEndsBehindItsRestarts) {
  Machine machine({"cpu", "cpu"});

  const int seconds = seconds_of(machine, GetParam(), 49, 8);

  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 60) << "the rests of a run before its last attempt";
  EXPECT_EQ(machine.health_of("cpu"), Health::healthy);
  EXPECT_EQ(machine.scheduler.account(sweep).succeeded, 41);
  EXPECT_EQ(machine.scheduler.account(sweep).failed, 8);
  EXPECT_EQ(machine.scheduler.run(RunId{1})->standing.attempt, Attempt{3});
}

TEST_P(ProgramFailure, OnTheOnlyGpuEndsTheSweepAsWell) {
  Machine machine({"cuda:0"});

  const int seconds = seconds_of(machine, GetParam(), 49, 8);

  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 600) << "a quarantine's first waits, at most";
  EXPECT_EQ(machine.scheduler.account(sweep).succeeded, 41);
  EXPECT_EQ(machine.scheduler.account(sweep).failed, 8);
}

INSTANTIATE_TEST_SUITE_P(SchedulerPrograms,
                         ProgramFailure,
                         testing::Values(FailureClass::exited,
                                         FailureClass::crashed,
                                         FailureClass::hung));

TEST(SchedulerPrograms, WhatAsksOnceForAnotherAttemptGetsItAfterASecond) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(6)});
  for (std::int64_t id = 1; id <= 6; ++id) {
    machine.fail_program(RunId{id}, FailureClass::exited);
  }

  machine.wait(1s);

  for (int runs = 0; runs < 6; ++runs) {
    ASSERT_THAT(machine.at_work, SizeIs(1));
    machine.succeed(machine.at_work.begin()->first);
  }
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::finished);
}

TEST(SchedulerPrograms, ThreeThatCrashOnAGpuAreReasonToTryAnotherThere) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});
  for (std::int64_t id = 1; id <= 3; ++id) {
    machine.fail_program(RunId{id}, FailureClass::crashed);
  }
  ASSERT_EQ(machine.health_of("cuda:0"), Health::quarantined);

  machine.wait(1min);

  EXPECT_EQ(machine.device_of(RunId{9}), "cuda:0") << "that has failed nowhere, and is far off";
  machine.succeed(RunId{9});
  EXPECT_EQ(machine.health_of("cuda:0"), Health::healthy);
}

TEST(SchedulerPrograms, OneThatTriesAGpuAgainAndFailsAgainHasUsedARestart) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(3, {.max_restarts = 1})});
  for (std::int64_t id = 1; id <= 3; ++id) {
    machine.fail_program(RunId{id}, FailureClass::crashed);
  }
  machine.wait(1min);

  for (std::int64_t id = 1; id <= 3; ++id) {
    machine.fail_program(RunId{id}, FailureClass::crashed);
  }

  EXPECT_EQ(machine.scheduler.account(sweep).failed, 3);
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::finished);
}

TEST(SchedulerPrograms, WhoWaitsOnAMachineOfOneDeviceWaitsForNoOther) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(2)});
  machine.fail_program(RunId{1}, FailureClass::crashed);
  machine.wait(1s);

  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);

  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].reason, "the one worker is busy");
}

TEST(SchedulerPrograms, OneReasonIsOneLineWhateverItsRunsHaveGoneThrough) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});
  for (std::int64_t id = 1; id <= 3; ++id) {
    machine.fail_program(RunId{id}, FailureClass::crashed);
  }

  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);

  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].runs, 9);
  EXPECT_EQ(waiting[0].until, 1min);
}

TEST(SchedulerPrograms, AFailureIsCountedInWords) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 9})});
  for (const char* const count :
       {"the first in a row", "the 2nd in a row", "the 3rd in a row", "the 4th in a row"}) {
    machine.fail_program(RunId{1}, FailureClass::crashed);
    EXPECT_THAT(machine.scheduler.waiting(sweep)[0].reason, HasSubstr(count));
    machine.wait(60s);
  }
}

}  // namespace
}  // namespace tarama
