// The scheduler by example: handing out, ends of attempts, losses, retries.
// scheduler_control_test.cpp: what a user asks; scheduler_property_test.cpp: any sequence.
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

TEST(Scheduler, StoresALeaseBeforeItAssignsTheRun) {
  Scheduler scheduler = with_sweep(sweep_of(1));

  const Effects effects = scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon);

  EXPECT_EQ(effects,
            (Effects{row(run, RunState::leased, first),
                     leased(run, first, noon),
                     AssignRun{worker, run, first}}));
}

TEST(Scheduler, HandsOutReplicateByReplicateLongestFirst) {
  SweepRecord record = sweep_of(4);
  record.runs[0].replicate = 1;
  record.runs[1].planned_steps = 5;
  record.runs[2].planned_steps = 50;
  Scheduler scheduler = with_sweep(record);

  const Effects effects = scheduler.handle(WorkerJoined{worker, "cpu:0", 4}, noon);

  EXPECT_EQ(sent(effects),
            (Effects{AssignRun{worker, RunId{3}, first},
                     AssignRun{worker, RunId{4}, first},
                     AssignRun{worker, RunId{2}, first},
                     AssignRun{worker, RunId{1}, first}}));
}

TEST(Scheduler, SpreadsRunsOverWorkers) {
  Scheduler scheduler;
  static_cast<void>(scheduler.handle(WorkerJoined{WorkerId{1}, "cuda:0", 2}, noon));
  static_cast<void>(scheduler.handle(WorkerJoined{WorkerId{2}, "cuda:1", 2}, noon));

  const Effects effects = scheduler.handle(SweepSubmitted{sweep_of(3)}, noon);

  EXPECT_EQ(sent(effects),
            (Effects{AssignRun{WorkerId{1}, RunId{1}, first},
                     AssignRun{WorkerId{2}, RunId{2}, first},
                     AssignRun{WorkerId{1}, RunId{3}, first}}));
}

TEST(Scheduler, NotesWhereAnAttemptBegan) {
  Scheduler scheduler = with_sweep(sweep_of(1));
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));

  const Effects effects = scheduler.handle(RunStarted{worker, run, first, 40}, after(1s));

  PersistAttempt started;
  started.run = run;
  started.attempt = first;
  started.started_at = after(1s);
  started.first_step = 40;
  EXPECT_EQ(effects, (Effects{started, row(run, RunState::running, first)}));
}

TEST(Scheduler, EndsASweepWithItsLastRun) {
  Scheduler scheduler = with_one_running(sweep_of(1));

  const Effects effects = scheduler.handle(finished(run, first), after(1s));

  EXPECT_EQ(effects,
            (Effects{ended(run, first, after(1s), "succeeded"),
                     row(run, RunState::succeeded, first),
                     PersistSweep{sweep, SweepState::finished},
                     SweepEnded{sweep}}));
}

TEST(Scheduler, TakesAResultWhoseStartWasNeverHeardOf) {
  Scheduler scheduler = with_sweep(sweep_of(1));
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));

  static_cast<void>(scheduler.handle(finished(run, first), noon));

  EXPECT_EQ(scheduler.account(sweep), (Account{.planned = 1, .succeeded = 1}));
}

TEST(Scheduler, TriesAFailedAttemptAgain) {
  Scheduler scheduler = with_one_running(sweep_of(1));

  const Effects effects = scheduler.handle(failed(run, first, FailureClass::exited), after(1s));

  PersistAttempt end = ended(run, first, after(1s), "exited");
  end.message = "why";
  PersistRun pending = row(run, RunState::pending, first);
  pending.standing.failed_attempts = 1;
  PersistRun leased_again = row(run, RunState::leased, second);
  leased_again.standing.failed_attempts = 1;
  EXPECT_EQ(effects, (Effects{end, pending}));
  EXPECT_EQ(
      scheduler.handle(Tick{}, after(2s)),
      (Effects{leased_again, leased(run, second, after(2s)), AssignRun{worker, run, second}}));
}

TEST(Scheduler, GivesUpAfterMaxRestarts) {
  Scheduler scheduler = with_one_running(sweep_of(1, {.max_restarts = 1}));
  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::crashed), after(-1s)));
  static_cast<void>(scheduler.handle(Tick{}, noon));

  const Effects effects =
      scheduler.handle(failed(run, second, FailureClass::out_of_memory, "no room"), noon);

  PersistAttempt end = ended(run, second, noon, "out_of_memory");
  end.message = "no room";
  PersistRun given_up = row(run, RunState::failed, second);
  given_up.standing.failed_attempts = 2;
  given_up.standing.failure = FailureClass::out_of_memory;
  given_up.standing.message = "no room";
  EXPECT_EQ(effects,
            (Effects{end, given_up, PersistSweep{sweep, SweepState::finished}, SweepEnded{sweep}}));
}

TEST(Scheduler, DoesNotTryADivergedRunAgain) {
  Scheduler scheduler = with_one_running(sweep_of(1));

  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::diverged), noon));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::failed);
  EXPECT_EQ(scheduler.run(run)->standing.failure, FailureClass::diverged);
}

TEST(Scheduler, ResultFromAnOldAttemptChangesNothing) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(failed(run, first, FailureClass::crashed), noon));

  EXPECT_THAT(scheduler.handle(finished(run, first), noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(RunStarted{worker, run, first, 0}, noon), IsEmpty());
  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::pending);
}

TEST(Scheduler, WhatItDoesNotKnowChangesNothing) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  RunFinished from_another_worker = finished(run, first);
  from_another_worker.worker = WorkerId{9};

  EXPECT_THAT(scheduler.handle(from_another_worker, noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(finished(RunId{9}, first), noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(WorkerLost{.worker = WorkerId{9}}, noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(Heartbeat{WorkerId{9}}, noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(CancelAsked{SweepId{9}, {}}, noon), IsEmpty());
  EXPECT_THAT(scheduler.handle(CancelAsked{SweepId{9}, run}, noon), IsEmpty());
}

TEST(Scheduler, GivesTheRunsOfALostWorkerToOthers) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(WorkerJoined{WorkerId{2}, "cpu:0", 1}, noon));

  const Effects effects =
      scheduler.handle(WorkerLost{worker, FailureClass::crashed, "signal 9"}, after(1s));

  PersistAttempt end = ended(run, first, after(1s), "crashed");
  end.message = "signal 9";
  PersistRun pending = row(run, RunState::pending, first);
  pending.standing.failed_attempts = 1;
  PersistRun leased_again = row(run, RunState::leased, second);
  leased_again.standing.failed_attempts = 1;
  EXPECT_EQ(effects, (Effects{end, pending}));
  EXPECT_EQ(scheduler.handle(Tick{}, after(2s)),
            (Effects{leased_again,
                     leased(run, second, after(2s), WorkerId{2}),
                     AssignRun{WorkerId{2}, run, second}}));
}

TEST(Scheduler, KillsASilentWorkerOnceAndGivesItNothingMore) {
  Scheduler scheduler = with_one_running(sweep_of(2));
  static_cast<void>(scheduler.handle(Heartbeat{worker}, after(5s)));

  EXPECT_THAT(scheduler.handle(Tick{}, after(20s)), IsEmpty());
  EXPECT_EQ(scheduler.handle(Tick{}, after(20'001ms)),
            (Effects{KillWorker{worker, FailureClass::hung, "no sign of life for 15 s"}}));
  EXPECT_THAT(scheduler.handle(Tick{}, after(60s)), IsEmpty());
  EXPECT_THAT(sent(scheduler.handle(finished(run, first), after(61s))), IsEmpty());
}

TEST(Scheduler, GivesNothingMoreToAProcessWhoseDeviceFailed) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  const Effects effects = scheduler.handle(failed(run, first, FailureClass::device_error), noon);

  EXPECT_THAT(sent(effects), IsEmpty());
  EXPECT_EQ(scheduler.account(sweep).pending, 2);
  EXPECT_THAT(scheduler.handle(Tick{}, after(10s)), IsEmpty()) << "it ends by itself";
  EXPECT_EQ(
      sent(scheduler.handle(Tick{}, after(10'001ms))),
      (Effects{KillWorker{worker, FailureClass::hung, "its device failed, and it did not end"}}));
  EXPECT_THAT(scheduler.handle(Tick{}, after(60s)), IsEmpty());
}

TEST(Scheduler, StopsARunThatTakesTooLong) {
  Scheduler scheduler = with_one_running(sweep_of(1, {.time_limit = 3s}));

  EXPECT_THAT(scheduler.handle(Tick{}, after(3s)), IsEmpty());
  EXPECT_EQ(scheduler.handle(Tick{}, after(3'001ms)),
            (Effects{StopRun{worker, run, first, StopCause::time_limit}}));
  EXPECT_THAT(scheduler.handle(Tick{}, after(4s)), IsEmpty());
  static_cast<void>(scheduler.handle(finished(run, first, AttemptEnd::stopped), after(5s)));

  EXPECT_EQ(scheduler.run(run)->standing.state, RunState::failed);
  EXPECT_EQ(scheduler.run(run)->standing.failure, FailureClass::time_limit);
}

TEST(Scheduler, KillsAWorkerWhoseOverdueRunDoesNotStop) {
  Scheduler scheduler = with_one_running(sweep_of(1, {.time_limit = 3s}));
  static_cast<void>(scheduler.handle(Tick{}, after(4s)));
  static_cast<void>(scheduler.handle(Heartbeat{worker}, after(14s)));

  EXPECT_EQ(scheduler.handle(Tick{}, after(14'001ms)),
            (Effects{KillWorker{worker, FailureClass::hung, "run 1 did not stop within 10 s"}}));
  static_cast<void>(scheduler.handle(WorkerLost{worker, FailureClass::hung, ""}, after(15s)));

  EXPECT_EQ(scheduler.run(run)->standing.failure, FailureClass::time_limit);
}

TEST(Scheduler, ServesSweepsInTurnTheOldestFirst) {
  Scheduler scheduler = with_sweep(sweep_of(3, {.max_concurrent = 1}));
  static_cast<void>(scheduler.handle(SweepSubmitted{sweep_of(3, {}, SweepId{2}, 11)}, noon));

  const Effects effects = scheduler.handle(WorkerJoined{worker, "cpu:0", 4}, noon);

  EXPECT_EQ(sent(effects),
            (Effects{AssignRun{worker, RunId{1}, first},
                     AssignRun{worker, RunId{11}, first},
                     AssignRun{worker, RunId{12}, first},
                     AssignRun{worker, RunId{13}, first}}));
}

TEST(Scheduler, KeepsToTheSweepsDevices) {
  Scheduler scheduler = with_sweep(sweep_of(2, {.devices = {"cuda:1", "cpu"}}));

  EXPECT_THAT(scheduler.handle(WorkerJoined{WorkerId{1}, "cuda:0", 1}, noon), IsEmpty());
  EXPECT_THAT(sent(scheduler.handle(WorkerJoined{WorkerId{2}, "cuda:1", 1}, noon)),
              ElementsAre(Effect(AssignRun{WorkerId{2}, RunId{1}, first})));
  EXPECT_THAT(sent(scheduler.handle(WorkerJoined{WorkerId{3}, "cpu:7", 1}, noon)),
              ElementsAre(Effect(AssignRun{WorkerId{3}, RunId{2}, first})));
}

TEST(Scheduler, SaysWhyRunsWait) {
  Scheduler scheduler = with_sweep(sweep_of(3, {.devices = {"cuda:0"}}));
  EXPECT_THAT(scheduler.waiting(sweep),
              ElementsAre(Waiting{"no worker on cuda:0 has joined yet", 3, run}));

  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cuda:0", 1}, noon));
  EXPECT_THAT(scheduler.waiting(sweep),
              ElementsAre(Waiting{"the one worker is busy", 2, RunId{2}}));

  static_cast<void>(scheduler.handle(RulesChanged{sweep, {.max_concurrent = 1}}, noon));
  static_cast<void>(scheduler.handle(PauseAsked{sweep, RunId{3}}, noon));
  EXPECT_THAT(scheduler.waiting(sweep),
              ElementsAre(Waiting{"max_concurrent: 1 of the sweep's runs are at work", 1, RunId{2}},
                          Waiting{"paused one by one; `tarama resume 1/3` goes on", 1, RunId{3}}));

  static_cast<void>(scheduler.handle(PauseAsked{sweep, {}}, noon));
  EXPECT_EQ(scheduler.waiting(sweep)[0].reason, "the sweep is paused; `tarama resume 1` goes on");
}

TEST(SchedulerLoss, AWorkerThatStopsByItselfIsLeavingAndGetsNothingMore) {
  Scheduler scheduler = with_one_running(sweep_of(2));

  EXPECT_EQ(scheduler.handle(finished(RunId{1}, Attempt{1}, AttemptEnd::stopped), noon),
            (Effects{ended(RunId{1}, Attempt{1}, noon, "stopped"),
                     row(RunId{1}, RunState::pending, Attempt{1})}));
  EXPECT_EQ(scheduler.account(sweep).pending, 2);
}

}  // namespace
}  // namespace tarama
