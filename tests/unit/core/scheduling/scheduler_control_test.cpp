// What a user asks of a scheduler at work: pause, resume, cancel, retry, extend, stop; and what a
// restart of the orchestrator makes of the stored rows.
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

TEST(SchedulerPause, StopsWhatRunsAtNoCost) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(PauseAsked{sweep, {}}, noon),
            (Effects{PersistSweep{sweep, SweepState::paused},
                     StopRun{worker, run, first, StopCause::paused}}));
  EXPECT_EQ(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon),
            (Effects{ended(run, first, noon, "stopped"), row(run, RunState::pending, first)}));
}

TEST(SchedulerPause, EndsWhenResumed) {
  Scheduler scheduler = with_sweep(sweep_of(1));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, {}}, noon));
  EXPECT_THAT(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon), IsEmpty());

  EXPECT_EQ(scheduler.handle(ResumeAsked{sweep, {}}, noon),
            (Effects{PersistSweep{sweep, SweepState::running},
                     row(run, RunState::leased, first),
                     leased(run, first, noon),
                     AssignRun{worker, run, first}}));
}

TEST(SchedulerPause, OfOneRunLetsOthersPass) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  PersistRun held = row(run, RunState::running, first);
  held.standing.is_held = true;
  EXPECT_EQ(scheduler.handle(PauseAsked{sweep, run}, noon),
            (Effects{held, StopRun{worker, run, first, StopCause::paused}}));
  EXPECT_THAT(sent(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon)),
              ElementsAre(Effect(AssignRun{worker, RunId{2}, first})));
  EXPECT_EQ(scheduler.handle(ResumeAsked{sweep, run}, noon),
            (Effects{row(run, RunState::pending, first)}));
}

TEST(SchedulerPause, HappensOnce) {
  Scheduler scheduler = with_one_running(sweep_of(2));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, run}, noon));

  EXPECT_THAT(scheduler.handle(PauseAsked{sweep, run}, noon), IsEmpty());
  EXPECT_EQ(scheduler.handle(PauseAsked{sweep, {}}, noon),
            (Effects{PersistSweep{sweep, SweepState::paused}}));
  EXPECT_THAT(scheduler.handle(PauseAsked{sweep, {}}, noon), IsEmpty());
}

TEST(SchedulerPause, CanBeAskedAgainOfTheNextAttempt) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, {}}, noon));
  static_cast<void>(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon));
  static_cast<void>(scheduler.handle(ResumeAsked{sweep, {}}, noon));

  EXPECT_THAT(sent(scheduler.handle(PauseAsked{sweep, {}}, noon)),
              ElementsAre(Effect(StopRun{worker, run, second, StopCause::paused})));
}

TEST(SchedulerPause, OfARunIsOverWhenTheRunIs) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, run}, noon));
  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::diverged), noon));

  EXPECT_FALSE(scheduler.run(run)->standing.is_held);
  EXPECT_THAT(scheduler.handle(ResumeAsked{sweep, run}, noon), IsEmpty());
}

TEST(SchedulerCancel, EndsPendingRunsAtOnceAndAsksRunningOnesToStop) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(CancelAsked{sweep, {}}, noon),
            (Effects{row(run, RunState::cancelling, first),
                     StopRun{worker, run, first, StopCause::cancelled},
                     row(RunId{2}, RunState::cancelled, Attempt{}),
                     PersistSweep{sweep, SweepState::cancelled}}));
  EXPECT_EQ(scheduler.account(sweep), (Account{.planned = 2, .running = 1, .cancelled = 1}));
  EXPECT_EQ(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon),
            (Effects{ended(run, first, noon, "cancelled"),
                     row(run, RunState::cancelled, first),
                     PersistSweep{sweep, SweepState::cancelled},
                     SweepEnded{sweep}}));
}

TEST(SchedulerCancel, KeepsAResultThatWasOnItsWay) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, {}}, noon));

  EXPECT_EQ(scheduler.handle(finished(run, first), noon),
            (Effects{ended(run, first, noon, "succeeded"),
                     row(run, RunState::succeeded, first),
                     PersistSweep{sweep, SweepState::finished},
                     SweepEnded{sweep}}));
}

TEST(SchedulerCancel, DoesNotTryAFailureAgain) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, run}, noon));

  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::exited), noon));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::failed);
}

TEST(SchedulerCancel, IsDoneWhenTheWorkerIsLost) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, {}}, noon));

  static_cast<void>(scheduler.handle(WorkerLost{worker, FailureClass::crashed, ""}, noon));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::cancelled);
  EXPECT_EQ(scheduler.state(sweep), SweepState::cancelled);
}

TEST(SchedulerCancel, KillsAWorkerThatDoesNotStop) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, {}}, noon));
  static_cast<void>(scheduler.handle(Heartbeat{worker}, after(60s)));

  EXPECT_THAT(scheduler.handle(Tick{}, after(60s)), IsEmpty());
  EXPECT_EQ(scheduler.handle(Tick{}, after(61s)),
            (Effects{KillWorker{worker, FailureClass::hung, "run 1 did not stop within 60 s"}}));
}

TEST(SchedulerDrain, EndsAWorkerThatDoesNotStopAtNoCostForItsRun) {
  Scheduler scheduler = with_one_running(sweep_of(1, {.max_restarts = 0}));
  static_cast<void>(scheduler.handle(DrainAsked{}, noon));
  static_cast<void>(scheduler.handle(Heartbeat{worker}, after(60s)));

  EXPECT_EQ(scheduler.handle(Tick{}, after(61s)),
            (Effects{KillWorker{worker, FailureClass::hung, "run 1 did not stop within 60 s"}}));
  static_cast<void>(scheduler.handle(WorkerLost{worker, FailureClass::hung, ""}, after(62s)));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::pending);
  EXPECT_EQ(scheduler.run(run)->standing.failed_attempts, 0);
  EXPECT_TRUE(scheduler.is_quiet());
}

TEST(SchedulerCancel, OfOneRunLeavesTheSweepFinished) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(CancelAsked{sweep, RunId{2}}, noon),
            (Effects{row(RunId{2}, RunState::cancelled, Attempt{})}));
  static_cast<void>(scheduler.handle(finished(run, first), noon));

  EXPECT_EQ(scheduler.state(sweep), SweepState::finished);
}

TEST(SchedulerRetry, StartsAFailedRunAfresh) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::diverged), noon));

  EXPECT_EQ(scheduler.handle(RetryAsked{sweep, {}}, noon),
            (Effects{PersistSweep{sweep, SweepState::running},
                     row(run, RunState::pending, first),
                     row(run, RunState::leased, second),
                     leased(run, second, noon),
                     AssignRun{worker, run, second}}));
  EXPECT_THAT(sent(scheduler.handle(finished(run, second), noon)),
              ElementsAre(Effect(SweepEnded{sweep})));
}

TEST(SchedulerRetry, LeavesSucceededAndRunningRunsAlone) {
  Scheduler scheduler = with_one_running(sweep_of(2));
  static_cast<void>(scheduler.handle(finished(run, first), noon));

  EXPECT_THAT(scheduler.handle(RetryAsked{sweep, {}}, noon), IsEmpty());
}

TEST(SchedulerExtend, ReopensASweepThatHadEnded) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(finished(run, first), noon));
  const std::vector<RunRecord> more = {{.run = run}, {.run = RunId{2}}};

  EXPECT_EQ(scheduler.handle(RunsAdded{sweep, more}, noon),
            (Effects{PersistSweep{sweep, SweepState::running},
                     row(RunId{2}, RunState::leased, first),
                     leased(RunId{2}, first, noon),
                     AssignRun{worker, RunId{2}, first}}));
  EXPECT_EQ(scheduler.account(sweep).planned, 2);
}

TEST(SchedulerDrain, StopsWhatRunsAndHandsOutNothing) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(DrainAsked{}, noon),
            (Effects{StopRun{worker, run, first, StopCause::drained}}));
  EXPECT_FALSE(scheduler.is_quiet());
  EXPECT_THAT(sent(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon)), IsEmpty());
  EXPECT_TRUE(scheduler.is_quiet());
  EXPECT_EQ(scheduler.account(sweep), (Account{.planned = 2, .pending = 2}));
}

TEST(SchedulerRestore, PutsWhatWasAtWorkBack) {
  SweepRecord record = sweep_of(3);
  record.runs[0].standing.state = RunState::running;
  record.runs[1].standing.state = RunState::cancelling;
  record.runs[2].standing.state = RunState::succeeded;
  record.runs[0].standing.attempt = record.runs[1].standing.attempt = second;
  record.runs[0].standing.failed_attempts = 1;
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  PersistAttempt lost = ended(run, second, noon, "lost");
  PersistAttempt cancelled = ended(RunId{2}, second, noon, "cancelled");
  lost.message = cancelled.message = "the orchestrator was restarted";
  PersistRun pending = row(run, RunState::pending, second);
  pending.standing.failed_attempts = 1;
  pending.standing.losses_in_row = 1;
  EXPECT_EQ(effects,
            (Effects{lost, pending, cancelled, row(RunId{2}, RunState::cancelled, second)}));
  EXPECT_EQ(scheduler.account(sweep),
            (Account{.planned = 3, .pending = 1, .succeeded = 1, .cancelled = 1}));
}

TEST(SchedulerRestore, FinishesACancellation) {
  SweepRecord record = sweep_of(1);
  record.state = SweepState::cancelled;
  record.runs[0].standing.state = RunState::cancelling;
  record.runs[0].standing.attempt = first;
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_EQ(scheduler.state(sweep), SweepState::cancelled);
  EXPECT_THAT(sent(effects), ElementsAre(Effect(SweepEnded{sweep})));
}

TEST(SchedulerRestore, SaysNothingOfSweepsThatHadEnded) {
  SweepRecord record = sweep_of(1);
  record.state = SweepState::finished;
  record.runs[0].standing.state = RunState::failed;
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_THAT(effects, IsEmpty());
  EXPECT_EQ(scheduler.state(sweep), SweepState::finished);
}

TEST(SchedulerRestore, GoesOnWithAnExtensionThatWasStoredBeforeTheCrash) {
  SweepRecord record = sweep_of(2);
  record.state = SweepState::finished;
  record.runs[0].standing.state = RunState::succeeded;
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_EQ(effects, (Effects{PersistSweep{sweep, SweepState::running}}));
}

TEST(Scheduler, RetryOfFailedRunsAloneLeavesCancelledOnes) {
  Scheduler scheduler = with_sweep(sweep_of(2, {.max_restarts = 0}));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, RunId{2}}, noon));
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));
  static_cast<void>(scheduler.handle(failed(RunId{1}, first, FailureClass::exited), noon));

  static_cast<void>(scheduler.handle(RetryAsked{sweep, {}, RetryAsked::Which::failed}, noon));

  EXPECT_NE(scheduler.run(RunId{1})->standing.state, RunState::failed);
  EXPECT_EQ(scheduler.run(RunId{2})->standing.state, RunState::cancelled);
}

TEST(Scheduler, ARunThatASearchGivesUpStopsForGoodAndIsNoFailure) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(EndEarlyAsked{sweep, RunId{2}}, noon),
            (Effects{row(RunId{2}, RunState::stopped, Attempt{0})}));
  EXPECT_EQ(scheduler.handle(EndEarlyAsked{sweep, run}, noon),
            (Effects{StopRun{worker, run, first, StopCause::ended_early}}));
  static_cast<void>(scheduler.handle(finished(run, first, AttemptEnd::stopped), noon));

  EXPECT_EQ(scheduler.account(sweep).stopped, 2);
  EXPECT_EQ(scheduler.state(sweep), SweepState::finished);
  EXPECT_THAT(scheduler.handle(RetryAsked{sweep, {}}, noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(RetryAsked{sweep, run}, noon), testing::Not(IsEmpty()));
}

TEST(Scheduler, ASweepThatWasForgottenMayComeBackAsTheStoreHasIt) {
  SweepRecord record = sweep_of(1);
  Scheduler scheduler = with_one_running(record);
  static_cast<void>(scheduler.handle(finished(run, first), noon));

  scheduler.let_go(sweep);

  EXPECT_EQ(scheduler.state(sweep), std::nullopt);
  EXPECT_EQ(scheduler.run(run), std::nullopt);
  record.state = SweepState::finished;
  record.runs[0].standing.state = RunState::failed;
  record.runs[0].standing.attempt = first;
  EXPECT_THAT(scheduler.handle(SweepSubmitted{record}, noon), IsEmpty());
  EXPECT_EQ(scheduler.account(sweep).failed, 1);
}

TEST(Scheduler, ASweepWithoutAPlaceGetsNoWorkerAndSaysWhy) {
  SweepRules rules;
  rules.no_place = "this machine has no 'cuda:7'";
  Scheduler scheduler = with_sweep(sweep_of(1, rules));

  EXPECT_THAT(sent(scheduler.handle(WorkerJoined{worker, "cpu", 1}, noon)), IsEmpty());
  EXPECT_EQ(scheduler.waiting(sweep).front().reason, rules.no_place);
  EXPECT_THAT(sent(scheduler.handle(RulesChanged{sweep, SweepRules{}}, noon)), testing::SizeIs(1));
}

TEST(Scheduler, TimeThatTheProcessDidNotLiveThroughUsesUpNoLimit) {
  Scheduler scheduler;
  const Moment start{noon, 0ms};
  static_cast<void>(scheduler.handle(SweepSubmitted{sweep_of(1, {.time_limit = 60s})}, start));
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, start));
  static_cast<void>(scheduler.handle(RunStarted{worker, run, first, 0}, start));

  EXPECT_THAT(scheduler.handle(Tick{}, Moment{after(8h), 3s}), IsEmpty());
  static_cast<void>(scheduler.handle(Heartbeat{worker}, Moment{after(8h), 61s}));
  EXPECT_EQ(scheduler.handle(Tick{}, Moment{after(8h), 61s}),
            (Effects{StopRun{worker, run, first, StopCause::time_limit}}));
}

}  // namespace
}  // namespace tarama
