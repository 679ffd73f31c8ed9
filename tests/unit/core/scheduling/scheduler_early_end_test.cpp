// Runs that are given up: stopped, whatever becomes of the attempt at hand.
#include "tests/unit/core/scheduling/scheduler_fixture.hpp"

namespace tarama::test {
namespace {

using testing::Contains;

constexpr RunId run{1};
constexpr Attempt first{1};
const EndEarlyAsked given_up{sweep, run, "it got nowhere"};

Scheduler with_one_given_up() {
  Scheduler scheduler = with_one_running(sweep_of(2));
  static_cast<void>(scheduler.handle(given_up, noon));
  return scheduler;
}

void expect_stopped(const Scheduler& scheduler) {
  const RunStanding standing = scheduler.run(run)->standing;
  EXPECT_EQ(standing.state, RunState::stopped);
  EXPECT_EQ(standing.message, "it got nowhere");
  EXPECT_EQ(standing.failure, std::nullopt);
  EXPECT_EQ(scheduler.account(sweep).stopped, 1);
}

TEST(SchedulerEarlyEnd, AsksTheWorkerAndTheRunIsStoppedWhenItHasLeft) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(given_up, noon),
            (Effects{StopRun{worker, run, first, StopCause::ended_early}}));
  const Effects effects = scheduler.handle(finished(run, first, AttemptEnd::stopped), noon);

  expect_stopped(scheduler);
  EXPECT_THAT(effects, Contains(Effect(AssignRun{worker, RunId{2}, first})));
}

TEST(SchedulerEarlyEnd, IsNotTriedAgainWhereTheAttemptFailsInstead) {
  Scheduler scheduler = with_one_given_up();

  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::crashed), noon));

  expect_stopped(scheduler);
}

TEST(SchedulerEarlyEnd, IsNotTriedAgainWhereItsWorkerIsLost) {
  Scheduler scheduler = with_one_given_up();

  static_cast<void>(scheduler.handle(WorkerLost{worker, FailureClass::crashed, "gone"}, noon));

  expect_stopped(scheduler);
}

TEST(SchedulerEarlyEnd, StopsARunThatWaitsAtOnce) {
  Scheduler scheduler = with_sweep(sweep_of(2));

  static_cast<void>(scheduler.handle(given_up, noon));

  expect_stopped(scheduler);
}

TEST(SchedulerEarlyEnd, ACancelledRunIsCancelledAllTheSame) {
  Scheduler scheduler = with_one_given_up();
  static_cast<void>(scheduler.handle(CancelAsked{sweep, run}, noon));

  static_cast<void>(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::cancelled);
}

TEST(SchedulerEarlyEnd, OnlyWhoeverNamesTheRunHasItTriedAgain) {
  Scheduler scheduler = with_one_given_up();
  static_cast<void>(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon));

  static_cast<void>(scheduler.handle(RetryAsked{sweep, {}}, noon));
  expect_stopped(scheduler);
  static_cast<void>(scheduler.handle(RetryAsked{sweep, run}, noon));

  EXPECT_EQ(scheduler.account(sweep).stopped, 0);
  EXPECT_EQ(scheduler.run(run)->standing.message, "");
}

}  // namespace
}  // namespace tarama::test
