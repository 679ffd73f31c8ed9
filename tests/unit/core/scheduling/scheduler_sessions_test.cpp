// Workers as sessions: their stream breaks, an orchestrator dies, they come back or do not.
#include "core/scheduling/scheduler.hpp"
#include "tests/unit/core/scheduling/scheduler_fixture.hpp"

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr RunId run{1};
constexpr Attempt first{1};
constexpr Attempt second{2};

/// The run was at work, as attempt 1, on a worker that the store knows.
Scheduler restored(RunState state, Effects& effects, SweepRecord record = sweep_of(1)) {
  record.runs[0].standing.state = state;
  record.runs[0].standing.attempt = first;
  return Scheduler::restore(
      {record},
      noon,
      effects,
      {{.worker = worker,
        .device = "cpu:0",
        .session = "s",
        .attempts = {{run, first, /*has_started=*/state != RunState::leased}}}});
}

TEST(SchedulerSessions, ARestartWaitsForTheWorkerOfARun) {
  Effects effects;
  Scheduler scheduler = restored(RunState::running, effects, sweep_of(2));

  EXPECT_THAT(effects, IsEmpty());
  EXPECT_EQ(scheduler.account(sweep), (Account{.planned = 2, .pending = 1, .running = 1}));
  EXPECT_THAT(scheduler.handle(Tick{}, after(30s)), IsEmpty()) << "it gets nothing new, too";
}

TEST(SchedulerSessions, WhoeverComesBackGoesOnWithTheSameAttempt) {
  Effects effects;
  Scheduler scheduler = restored(RunState::running, effects);

  EXPECT_THAT(scheduler.handle(WorkerReturned{worker, 1, {{run, first, 0}}}, after(20s)),
              IsEmpty());
  static_cast<void>(scheduler.handle(finished(run, first), after(21s)));

  EXPECT_EQ(scheduler.account(sweep).succeeded, 1);
  EXPECT_EQ(scheduler.run(run)->standing.attempt, first);
}

TEST(SchedulerSessions, AStartThatWasNotStoredIsTakenFromTheReturn) {
  Effects effects;
  Scheduler scheduler = restored(RunState::leased, effects);

  PersistAttempt started;
  started.run = run;
  started.attempt = first;
  started.started_at = after(20s);
  started.first_step = 3;
  started.from_run = RunId{9};
  started.from_step = 3;
  const HeldAttempt held{run, first, 3, 0s, RunId{9}, 3};
  EXPECT_EQ(scheduler.handle(WorkerReturned{worker, 1, {held}}, after(20s)),
            (Effects{started, row(run, RunState::running, first)}));
}

TEST(SchedulerSessions, WhatItNeverGotIsAssignedAgainUnderTheSameNumber) {
  Effects effects;
  Scheduler scheduler = restored(RunState::leased, effects);

  EXPECT_EQ(scheduler.handle(WorkerReturned{worker, 1, {}}, after(20s)),
            (Effects{AssignRun{worker, run, first}}));
}

TEST(SchedulerSessions, WhatNobodyWaitsForIsDropped) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(WorkerAway{worker}, noon));

  EXPECT_EQ(
      scheduler.handle(WorkerReturned{worker, 1, {{run, first, 0}, {RunId{9}, second, 0}}}, noon),
      (Effects{DropAttempt{worker, RunId{9}, second}}));
}

TEST(SchedulerSessions, WhoeverDoesNotComeBackIsGivenUpAndItsRunGoesOnAtNoCost) {
  Effects effects;
  Scheduler scheduler = restored(RunState::running, effects);

  EXPECT_THAT(scheduler.handle(Tick{}, after(30s)), IsEmpty());
  const Effects given_up = scheduler.handle(Tick{}, after(30s + 1ms));
  EXPECT_EQ(given_up,
            (Effects{KillWorker{worker, FailureClass::lost, "it did not come back within 30 s"}}));
  EXPECT_THAT(scheduler.handle(Tick{}, after(40s)), IsEmpty()) << "said once";
  static_cast<void>(
      scheduler.handle(WorkerLost{worker, FailureClass::lost, "it did not"}, after(41s)));

  EXPECT_EQ(scheduler.run(run)->standing,
            (RunStanding{.state = RunState::pending, .attempt = first, .losses_in_row = 1}));
}

TEST(SchedulerSessions, HowLongToWaitIsASetting) {
  Effects effects;
  Scheduler scheduler = restored(RunState::running, effects);
  scheduler.set_return_time(5s);

  EXPECT_THAT(scheduler.handle(Tick{}, after(5s)), IsEmpty());
  EXPECT_THAT(scheduler.handle(Tick{}, after(5s + 1ms)), testing::SizeIs(1));
}

TEST(SchedulerSessions, AStopThatItMayNotHaveHeardIsSaidAgain) {
  Effects effects;
  SweepRecord record = sweep_of(1);
  record.state = SweepState::paused;
  Scheduler paused = restored(RunState::running, effects, record);
  Scheduler cancelled = restored(RunState::cancelling, effects);
  const WorkerReturned returned{worker, 1, {{run, first, 0}}};

  EXPECT_EQ(paused.handle(returned, noon),
            (Effects{StopRun{worker, run, first, StopCause::paused}}));
  EXPECT_EQ(cancelled.handle(returned, noon),
            (Effects{StopRun{worker, run, first, StopCause::cancelled}}));
}

TEST(SchedulerSessions, TrainingWithoutAnOrchestratorCountsAgainstTheTimeLimit) {
  Effects effects;
  Scheduler scheduler = restored(RunState::running, effects, sweep_of(1, {.time_limit = 60s}));
  static_cast<void>(
      scheduler.handle(WorkerReturned{worker, 1, {{run, first, 0, 59s}}}, after(20s)));

  EXPECT_THAT(scheduler.handle(Tick{}, after(21s)), IsEmpty());
  EXPECT_EQ(scheduler.handle(Tick{}, after(21s + 1ms)),
            (Effects{StopRun{worker, run, first, StopCause::time_limit}}));
}

TEST(SchedulerSessions, AnAwayWorkerGetsNothingUntilItIsBack) {
  Scheduler scheduler;
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));
  static_cast<void>(scheduler.handle(WorkerAway{worker}, noon));

  EXPECT_THAT(scheduler.handle(SweepSubmitted{sweep_of(1)}, noon), IsEmpty());
  EXPECT_EQ(sent(scheduler.handle(WorkerReturned{worker, 1, {}}, noon)),
            (Effects{AssignRun{worker, run, first}}));
}

// ---- attempts that hang while their worker beats ------------------------------------------------

Heartbeat beat(std::int64_t signs, std::int64_t steps) {
  return {worker, {{run, first, signs, steps}}};
}

/// The worker beats on for so long, and its attempt stays where it is.
Effects beats_without_progress(Scheduler& scheduler,
                               TimePoint from,
                               std::chrono::milliseconds time) {
  Effects effects;
  for (auto passed = 0ms; passed <= time && effects.empty(); passed += 5s) {
    const TimePoint now{from.milliseconds + passed.count()};
    static_cast<void>(scheduler.handle(beat(9, 4), now));
    effects = scheduler.handle(Tick{}, now);
  }
  return effects;
}

TEST(SchedulerSessions, AnAttemptWithoutProgressIsHungThoughItsWorkerBeats) {
  Scheduler scheduler = with_one_running(sweep_of(1));

  EXPECT_THAT(beats_without_progress(scheduler, noon, 10min), IsEmpty());
  EXPECT_THAT(beats_without_progress(scheduler, after(10min), 5s),
              ElementsAre(Effect(
                  KillWorker{worker, FailureClass::hung, "run 1 made no progress for 605 s"})));
}

TEST(SchedulerSessions, AlsoWhileItIsPaused) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, {}}, noon));

  EXPECT_THAT(beats_without_progress(scheduler, noon, 11min), testing::SizeIs(1));
}

TEST(SchedulerSessions, AlsoWhileTheOrchestratorDrains) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(DrainAsked{}, noon));

  EXPECT_THAT(beats_without_progress(scheduler, noon, 11min), testing::SizeIs(1));
}

TEST(SchedulerSessions, SlowStepsAreNoHang) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(beat(8, 3), after(0min)));
  static_cast<void>(scheduler.handle(beat(9, 4), after(1min)));  // a step a minute

  EXPECT_THAT(beats_without_progress(scheduler, after(1min), 50min), IsEmpty());
  EXPECT_THAT(beats_without_progress(scheduler, after(51min), 5s), testing::SizeIs(1));
}

}  // namespace
}  // namespace tarama
