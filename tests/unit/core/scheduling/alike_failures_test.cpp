// Sweeps whose runs all fail with the same words before anything has worked.
#include "core/scheduling/alike_failures.hpp"

#include "tests/unit/core/scheduling/scheduler_machine.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using scheduling::AlikeFailures;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

Machine machine_with(int runs) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(runs)});
  return machine;
}

void fail_next(Machine& machine, FailureClass failure = FailureClass::program_error) {
  machine.fail(machine.at_work.begin()->first, failure);
}

TEST(SchedulerAlikeFailures, OfTheFirstTenRunsLetTheSweepRestAndSayWhy) {
  Machine machine = machine_with(30);

  for (int failures = 0; failures < 10; ++failures) {
    fail_next(machine);
  }

  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep));
  EXPECT_THAT(machine.at_work, IsEmpty());
  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);
  EXPECT_THAT(waiting[0].reason,
              HasSubstr("10 runs in a row failed alike before any succeeded "
                        "(program_error: why); once that is mended `tarama retry 1 --failed`"));
  const Account account = machine.scheduler.account(sweep);
  EXPECT_EQ(account.failed, 10);
  EXPECT_EQ(account.pending, 20);
  EXPECT_THAT(machine.wait(59s), IsEmpty());
  machine.wait(1s);
  EXPECT_THAT(machine.at_work, SizeIs(1)) << "tries again by itself";
  fail_next(machine);
  EXPECT_THAT(machine.wait(4min), IsEmpty()) << "and waits longer each time";
}

TEST(SchedulerAlikeFailures, AreNoneOnceARunHasGotThrough) {
  Machine succeeded = machine_with(30);
  succeeded.succeed(succeeded.at_work.begin()->first);

  for (int failures = 0; failures < 20; ++failures) {
    fail_next(succeeded);
  }

  EXPECT_EQ(succeeded.scheduler.state(sweep), SweepState::running);
}

TEST(SchedulerAlikeFailures, CountWhateverTheRunsReportedBefore) {
  Machine machine = machine_with(30);

  for (int failures = 0; failures < 10; ++failures) {
    const AssignRun work = machine.at_work.begin()->second;
    machine.give(RunAdvanced{work.worker, work.run, work.attempt});
    fail_next(machine);
  }

  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep)) << "the metric may be misspelled";
}

TEST(SchedulerAlikeFailures, GoOnForGoodForWhoeverResumes) {
  Machine machine = machine_with(40);
  for (int failures = 0; failures < 10; ++failures) {
    fail_next(machine);
  }

  machine.give(ResumeAsked{sweep, {}});

  for (int failures = 0; failures < 20; ++failures) {
    fail_next(machine);
  }
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
}

TEST(SchedulerAlikeFailures, AreTriedAnewByARetry) {
  Machine machine = machine_with(30);
  for (int failures = 0; failures < 10; ++failures) {
    fail_next(machine);
  }

  machine.give(RetryAsked{sweep, {}, RetryAsked::Which::failed});

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
  EXPECT_EQ(machine.scheduler.account(sweep).failed, 0);
  for (int failures = 0; failures < 10; ++failures) {
    fail_next(machine);
  }
  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep));
}

TEST(SchedulerAlikeFailures, ThatLevelsMayHaveThemselvesPauseNothing) {
  Machine machine = machine_with(30);

  for (int failures = 0; failures < 20; ++failures) {
    fail_next(machine, FailureClass::diverged);
  }

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
}

TEST(AlikeFailures, AreThoseOfOneClassWithTheSameWords) {
  AlikeFailures failures;
  for (int run = 1; run < 10; ++run) {
    EXPECT_FALSE(failures.failed(FailureClass::program_error,
                                 "ended with 2: invalid value '0.00" + std::to_string(run) + "'"));
  }
  EXPECT_FALSE(failures.failed(FailureClass::program_error, "ended with 2: no such file"));
  EXPECT_EQ(failures.count(), 1);
  EXPECT_FALSE(failures.failed(FailureClass::bad_data, "ended with 2: no such file"));
  EXPECT_EQ(failures.count(), 1);
}

}  // namespace
}  // namespace tarama::test
