// Workers with several runs at once: slots that come and go, and what the end of their process
// means for each of its runs.
#include "tests/unit/core/scheduling/scheduler_machine.hpp"

#include <csignal>

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr RunId run{1};
constexpr RunId other{2};
constexpr RunId third{3};
constexpr Attempt first{1};

RunStanding standing_of(const Machine& machine, RunId id) {
  return machine.scheduler.run(id)->standing;
}

// ---- how many at once ---------------------------------------------------------------------------

TEST(SchedulerSlots, MoreOfThemGetRunsAtOnce) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(4)});

  EXPECT_THAT(sent(machine.give(SlotsSet{worker, 3})),
              ElementsAre(Effect(AssignRun{worker, other, first}),
                          Effect(AssignRun{worker, third, first})));
  EXPECT_EQ(machine.scheduler.slots_of(worker), 3);
}

TEST(SchedulerSlots, FewerCutNothingShortAndGetNothingUntilThereAreFewer) {
  Machine machine({"cuda:0"}, 3);
  machine.give(SweepSubmitted{sweep_of(6)});

  EXPECT_THAT(machine.give(SlotsSet{worker, 1}), IsEmpty());
  EXPECT_THAT(machine.at_work, SizeIs(3));
  EXPECT_THAT(sent(machine.succeed(run)), IsEmpty());
  EXPECT_THAT(sent(machine.succeed(other)), IsEmpty());
  EXPECT_THAT(sent(machine.succeed(third)),
              ElementsAre(Effect(AssignRun{worker, RunId{4}, first})));
}

TEST(SchedulerSlots, AWorkerThatIsBackWithMoreThanItsSlotsKeepsThem) {
  Machine machine({"cuda:0"}, 2);
  machine.give(SweepSubmitted{sweep_of(3)});
  machine.give(WorkerAway{worker});

  const Effects effects = machine.give(WorkerReturned{
      worker, 1, {{.run = run, .attempt = first}, {.run = other, .attempt = first}}});

  EXPECT_THAT(effects, IsEmpty());
  EXPECT_THAT(sent(machine.succeed(run)), IsEmpty());
  EXPECT_THAT(sent(machine.succeed(other)), SizeIs(1));
}

TEST(SchedulerSlots, OfAnUnknownWorkerMeanNothing) {
  Machine machine({"cuda:0"});

  EXPECT_THAT(machine.give(SlotsSet{WorkerId{9}, 3}), IsEmpty());
  EXPECT_EQ(machine.scheduler.slots_of(WorkerId{9}), 0);
}

// ---- whose doing it was -------------------------------------------------------------------------

TEST(SchedulerProcesses, ACrashWithSeveralRunsCostsNoneARestartAndSetsThemApart) {
  Machine machine({"cuda:0"}, 3);
  machine.give(SweepSubmitted{sweep_of(3, {.max_restarts = 0})});

  machine.lose(worker, FailureClass::crashed, SIGSEGV);

  for (const RunId id : {run, other, third}) {
    EXPECT_EQ(standing_of(machine, id).state, RunState::pending);
    EXPECT_EQ(standing_of(machine, id).failed_attempts, 0);
  }
  machine.join("cuda:0");
  machine.give(SlotsSet{WorkerId{2}, 3});
  machine.wait(1s);
  EXPECT_THAT(machine.at_work, SizeIs(2)) << "half of the other two beside each";
  EXPECT_THAT(machine.scheduler.waiting(sweep)[0].reason,
              HasSubstr("its process failed with other runs in it"));
}

TEST(SchedulerProcesses, WhatCrashesAloneIsToBlame) {
  Machine machine({"cuda:0"}, 2);
  machine.give(SweepSubmitted{sweep_of(2, {.max_restarts = 0})});
  machine.lose(worker, FailureClass::crashed, SIGSEGV);
  machine.join("cuda:0");
  machine.give(SlotsSet{WorkerId{2}, 2});
  machine.wait(1s);
  ASSERT_THAT(machine.at_work, SizeIs(1)) << "each is tried by itself";

  machine.lose(WorkerId{2}, FailureClass::crashed, SIGSEGV);

  EXPECT_EQ(standing_of(machine, run).state, RunState::failed);
  EXPECT_EQ(standing_of(machine, run).failure, FailureClass::crashed);
  EXPECT_EQ(standing_of(machine, other).state, RunState::pending);
}

TEST(SchedulerProcesses, OneThatSomebodyKilledIsLostByEachOfItsRuns) {
  Machine machine({"cuda:0"}, 2);
  machine.give(SweepSubmitted{sweep_of(2, {.max_restarts = 0})});

  machine.lose(worker, FailureClass::crashed, SIGKILL);

  EXPECT_EQ(standing_of(machine, run).state, RunState::pending);
  EXPECT_EQ(standing_of(machine, run).losses_in_row, 1);
  machine.join("cuda:0");
  machine.give(SlotsSet{WorkerId{2}, 2});
  machine.wait(1s);
  EXPECT_THAT(machine.at_work, SizeIs(2)) << "none of them is suspected";
}

TEST(SchedulerProcesses, ARunThatHangsTakesOthersWithItAtNoCostToThem) {
  Machine machine({"cuda:0"}, 2);
  machine.give(SweepSubmitted{sweep_of(2, {.max_restarts = 0})});
  machine.give(RunStarted{worker, run, first});
  machine.give(RunStarted{worker, other, first});
  machine.give(Heartbeat{worker, {{run, first, 1, 1, {}}, {other, first, 1, 1, {}}}});

  Effects killed;
  for (int second_of_silence = 0; second_of_silence < 3600 && killed.empty(); ++second_of_silence) {
    // The other one gets on.
    machine.give(Heartbeat{worker, {{other, first, 2 + second_of_silence, 2, {}}}});
    killed = machine.pass(1s);
  }
  ASSERT_THAT(killed, SizeIs(1));
  machine.lose(worker, FailureClass::hung);

  EXPECT_EQ(standing_of(machine, run).failure, FailureClass::hung);
  EXPECT_EQ(standing_of(machine, other).state, RunState::pending);
  EXPECT_EQ(standing_of(machine, other).failed_attempts, 0);
  EXPECT_EQ(standing_of(machine, other).losses_in_row, 1);
}

TEST(SchedulerProcesses, AFailedDeviceIsNoRestartOfAnyOfSeveralAndOneFailureOfTheDevice) {
  Machine machine({"cuda:0"}, 4);
  machine.give(SweepSubmitted{sweep_of(4, {.max_restarts = 0})});

  machine.fail(run, FailureClass::device_error);
  machine.fail(other, FailureClass::device_error);
  machine.give(finished(third, first, AttemptEnd::stopped));
  machine.lose(worker, FailureClass::exited);

  for (const RunId id : {run, other, third, RunId{4}}) {
    EXPECT_EQ(standing_of(machine, id).state, RunState::pending) << id.value;
    EXPECT_EQ(standing_of(machine, id).failed_attempts, 0) << id.value;
  }
  EXPECT_EQ(machine.health_of("cuda:0"), DeviceHealth::State::healthy);
}

TEST(SchedulerProcesses, AFailedDeviceUnderOneRunCostsIt) {
  Machine machine({"cuda:0"}, 4);
  machine.give(SweepSubmitted{sweep_of(1, {.max_restarts = 0})});

  machine.fail(run, FailureClass::device_error);

  EXPECT_EQ(standing_of(machine, run).failure, FailureClass::device_error);
}

TEST(SchedulerProcesses, WhatAProgramDidToADeviceWentWithItsOwnProcess) {
  Machine machine({"cuda:0"}, 2);
  machine.give(SweepSubmitted{sweep_of(3, {.max_restarts = 0})});
  RunFinished end = failed(run, first, FailureClass::device_error);
  end.had_own_process = true;

  const Effects effects = machine.give(end);

  EXPECT_EQ(standing_of(machine, run).failure, FailureClass::device_error);
  EXPECT_THAT(sent(effects), ElementsAre(Effect(AssignRun{worker, third, first})))
      << "its worker goes on";
}

}  // namespace
}  // namespace tarama
