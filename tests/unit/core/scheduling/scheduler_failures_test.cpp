// What follows a failure: when a run is tried again and where, and what becomes of devices.
#include "tests/unit/core/scheduling/scheduler_machine.hpp"

#include <csignal>
#include <map>

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Health = DeviceHealth::State;

constexpr RunId run{1};
constexpr Attempt first{1};
constexpr Attempt second{2};

// ---- when ---------------------------------------------------------------------------------------

TEST(SchedulerBackOff, AFailedRunRestsOneThenTenThenSixtySeconds) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 9})});

  for (const std::chrono::milliseconds rest : {1s, 10s, 60s, 60s}) {
    machine.fail(run, FailureClass::exited);
    EXPECT_THAT(sent(machine.wait(rest - 1ms)), IsEmpty());
    EXPECT_THAT(sent(machine.wait(1ms)), testing::SizeIs(1));
  }
}

TEST(SchedulerBackOff, BeginsAnewAfterANewStep) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 9})});
  machine.fail(run, FailureClass::exited);
  machine.wait(1s);

  machine.give(RunAdvanced{worker, run, second});
  machine.fail(run, FailureClass::exited);

  EXPECT_THAT(sent(machine.wait(1s)), testing::SizeIs(1));
}

TEST(SchedulerBackOff, TimeAsleepIsNoRest) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1)});
  machine.fail(run, FailureClass::exited);

  machine.fall_asleep(8h);

  EXPECT_THAT(sent(machine.wait(999ms)), IsEmpty());
  EXPECT_THAT(sent(machine.wait(1ms)), testing::SizeIs(1));
}

TEST(SchedulerBackOff, SaysUntilWhenAndAfterWhat) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1)});
  machine.fail(run, FailureClass::exited);

  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);

  ASSERT_THAT(waiting, testing::SizeIs(1));
  EXPECT_THAT(waiting[0].reason, HasSubstr("waits after a failure (exited)"));
  EXPECT_EQ(waiting[0].until, 1s);
  EXPECT_EQ(machine.scheduler.next_alarm(), 1s);
}

TEST(SchedulerBackOff, OthersPassARunThatRests) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(2)});

  EXPECT_THAT(sent(machine.fail(run, FailureClass::exited)),
              ElementsAre(Effect(AssignRun{worker, RunId{2}, first})));
}

TEST(SchedulerLosses, TenInARowWithoutANewStepEndTheRun) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 0})});
  for (int loss = 1; loss < 10; ++loss) {
    machine.fail(run, FailureClass::lost);
    ASSERT_EQ(machine.scheduler.run(run)->standing.losses_in_row, loss);
    machine.wait(60s);
  }
  EXPECT_EQ(machine.scheduler.run(run)->standing.failed_attempts, 0);

  machine.fail(run, FailureClass::lost);

  EXPECT_EQ(machine.scheduler.run(run)->standing.state, RunState::failed);
  EXPECT_EQ(machine.scheduler.run(run)->standing.failure, FailureClass::lost);
}

TEST(SchedulerLosses, ANewStepForgetsThemDurably) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1)});
  machine.fail(run, FailureClass::lost);
  machine.wait(1s);

  EXPECT_EQ(machine.give(RunAdvanced{worker, run, second}),
            (Effects{row(run, RunState::leased, second)}));
  EXPECT_THAT(machine.give(RunAdvanced{worker, run, second}), IsEmpty());
}

TEST(SchedulerLosses, ARestartIsOne) {
  SweepRecord record = sweep_of(1);
  record.runs[0].standing.state = RunState::running;
  record.runs[0].standing.attempt = second;
  record.runs[0].standing.losses_in_row = 9;
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_EQ(scheduler.run(run)->standing.failure, FailureClass::lost);
}

TEST(SchedulerFailures, AFullDiskCostsNoRestart) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 0})});

  for (int time = 0; time < 20; ++time) {
    machine.fail(run, FailureClass::disk_full);
    machine.wait(20min);
  }

  EXPECT_EQ(machine.scheduler.run(run)->standing.failed_attempts, 0);
  EXPECT_EQ(machine.device_of(run), "cpu");
}

TEST(SchedulerFullDisk, ThreeInARowLetTheSweepRestAndSayWhy) {
  Machine machine({"cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_of(9)});

  for (int failures = 0; failures < 3; ++failures) {
    machine.fail(machine.at_work.begin()->first, FailureClass::disk_full);
  }

  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep));
  EXPECT_THAT(sent(machine.wait(19min)), IsEmpty());
  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);
  EXPECT_THAT(waiting[0].reason, HasSubstr("3 attempts in a row found no room on the disk (why)"));
  EXPECT_EQ(waiting[0].until, 20min);
  EXPECT_THAT(sent(machine.wait(1min)), testing::SizeIs(1)) << "goes on by itself";
}

TEST(SchedulerFullDisk, OneThatIsStillFullLetsTheSweepRestAgain) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(9)});
  for (int failures = 0; failures < 3; ++failures) {
    machine.fail(machine.at_work.begin()->first, FailureClass::disk_full);
  }
  machine.wait(20min);

  machine.fail(machine.at_work.begin()->first, FailureClass::disk_full);

  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep));
  machine.give(ResumeAsked{sweep, {}});
  EXPECT_THAT(machine.at_work, testing::SizeIs(1)) << "at once, for whoever asks";
}

TEST(SchedulerFullDisk, WhatGotThroughInBetweenFoundRoom) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(9)});

  for (int failures = 0; failures < 4; ++failures) {
    machine.fail(machine.at_work.begin()->first, FailureClass::disk_full);
    machine.succeed(machine.at_work.begin()->first);
  }

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
}

TEST(SchedulerTimeLimit, IsHeldToTheTimeThatTheWorkerTrained) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(1, {.time_limit = 60s})});
  machine.give(RunStarted{worker, run, first, 0});
  machine.wait(50s);

  // It waited for the disk for 30 of them.
  machine.give(Heartbeat{worker, {{run, first, 99, 0, 20s}}});

  EXPECT_EQ(machine.scheduler.next_alarm(), 90s + 1ms);
  EXPECT_THAT(sent(machine.wait(40s)), IsEmpty());
  EXPECT_THAT(sent(machine.wait(1ms)),
              ElementsAre(Effect(StopRun{worker, run, first, StopCause::time_limit})));
}

// ---- where --------------------------------------------------------------------------------------

TEST(SchedulerElsewhere, ARunThatFailedGoesToAnotherDeviceFirst) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(2)});
  ASSERT_EQ(machine.device_of(run), "cuda:0");

  machine.fail(run, FailureClass::exited);

  EXPECT_THAT(sent(machine.wait(1s)), IsEmpty()) << "cuda:0 is free, and has failed it";
  EXPECT_THAT(machine.scheduler.waiting(sweep)[0].reason,
              HasSubstr("failed on cuda:0 (exited): another device is to try it first"));
  EXPECT_THAT(machine.scheduler.shunned_devices(sweep), ElementsAre(ElementsAre("cuda:0")));
  machine.succeed(RunId{2});
  EXPECT_EQ(machine.device_of(run), "cuda:1");
}

TEST(SchedulerElsewhere, NoRunWaitsForAnotherDeviceForEver) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(2)});
  machine.fail(run, FailureClass::exited);
  machine.wait(1s);

  EXPECT_THAT(sent(machine.wait(10min - 1ms)), IsEmpty());
  machine.wait(1ms);

  EXPECT_EQ(machine.device_of(run), "cuda:0");
}

TEST(SchedulerElsewhere, WhereThereIsOneDeviceItTakesTheRunAgain) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(1, {.devices = {"cuda:0"}})});
  machine.fail(run, FailureClass::exited);
  machine.wait(1s);

  EXPECT_EQ(machine.device_of(run), "cuda:0");
}

TEST(SchedulerElsewhere, MemoryThatRanOutIsTriedAgainWithFewerBesideIt) {
  Machine machine({"cuda:0"}, 4);
  machine.give(SweepSubmitted{sweep_of(9)});
  machine.fail(run, FailureClass::out_of_memory);  // with three beside it
  machine.wait(1s);
  EXPECT_EQ(machine.device_of(run), "") << "four others are there";

  machine.succeed(RunId{2});
  EXPECT_EQ(machine.device_of(run), "");
  EXPECT_EQ(machine.device_of(RunId{6}), "") << "room is made";
  machine.succeed(RunId{3});
  machine.succeed(RunId{4});
  EXPECT_EQ(machine.device_of(run), "cuda:0");
  EXPECT_EQ(machine.device_of(RunId{6}), "") << "beside it is at most one";

  machine.succeed(run);
  EXPECT_EQ(machine.device_of(RunId{6}), "cuda:0");
  EXPECT_EQ(machine.device_of(RunId{8}), "cuda:0");
}

}  // namespace
}  // namespace tarama
