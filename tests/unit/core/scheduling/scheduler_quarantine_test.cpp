// When a device is given up, who tries it again, and what becomes of sweeps without a sound one.
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

// ---- devices ------------------------------------------------------------------------------------

/// Three runs fail on cuda:0, one after another.
void make_sick(Machine& machine, FailureClass failure = FailureClass::exited) {
  for (int failures = 0; failures < 3; ++failures) {
    for (const auto& [id, work] : std::map(machine.at_work)) {
      if (machine.device_of(id) == "cuda:0") {
        machine.fail(id, failure);
      }
    }
  }
}

TEST(SchedulerQuarantine, ASickDeviceDoesNotEatTheQueue) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(500)});

  for (int round = 0; round < 2'000; ++round) {
    for (const auto& [id, work] : std::map(machine.at_work)) {
      machine.device_of(id) == "cuda:0" ? machine.fail(id, FailureClass::exited)
                                        : machine.succeed(id);
    }
    machine.wait(1s);
  }

  EXPECT_EQ(machine.scheduler.account(sweep).succeeded, 500);
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::finished);
}

TEST(SchedulerQuarantine, IsStoredWithItsReason) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);

  const DeviceView device = machine.scheduler.devices()[0];

  EXPECT_EQ(device.health, Health::quarantined);
  EXPECT_EQ(device.quarantine->reason, "3 runs in a row failed on it, the last as exited: why");
  EXPECT_EQ(device.quarantine->next_try, 1min);
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
}

TEST(SchedulerQuarantine, ARunThatTriesItBringsItBack) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);
  machine.wait(1min);
  ASSERT_EQ(machine.health_of("cuda:0"), Health::on_trial);
  RunId trial;
  for (const auto& [id, work] : machine.at_work) {
    trial = machine.device_of(id) == "cuda:0" ? id : trial;
  }

  const Effects effects = machine.succeed(trial);

  EXPECT_EQ(machine.health_of("cuda:0"), Health::healthy);
  const auto ended = std::ranges::find_if(effects, [](const Effect& effect) {
    const auto* row = std::get_if<PersistQuarantine>(&effect);
    return row != nullptr && row->ended_at.has_value();
  });
  EXPECT_NE(ended, effects.end());
}

TEST(SchedulerQuarantine, ATryCostsItsRunNoRestart) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(9, {.max_restarts = 0})});
  make_sick(machine);
  ASSERT_EQ(machine.scheduler.account(sweep).failed, 3);
  machine.wait(1min);
  for (const auto& [id, work] : std::map(machine.at_work)) {
    if (machine.device_of(id) == "cuda:0") {
      machine.fail(id, FailureClass::exited);
    }
  }

  EXPECT_EQ(machine.scheduler.account(sweep).failed, 3);
  EXPECT_EQ(machine.scheduler.devices()[0].quarantine->failed_tries, 1);
}

TEST(SchedulerQuarantine, ARunThatFailsEverywhereIsHeldAgainstNoDevice) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(40, {.max_restarts = 1})});

  // Every fourth run is broken by itself.
  for (int round = 0; round < 400; ++round) {
    for (const auto& [id, work] : std::map(machine.at_work)) {
      id.value % 4 == 0 ? machine.fail(id, FailureClass::exited) : machine.succeed(id);
    }
    machine.wait(1s);
    ASSERT_EQ(machine.health_of("cuda:0"), Health::healthy);
    ASSERT_EQ(machine.health_of("cuda:1"), Health::healthy);
  }

  EXPECT_EQ(machine.scheduler.account(sweep).failed, 10);
  EXPECT_EQ(machine.scheduler.account(sweep).succeeded, 30);
}

TEST(SchedulerQuarantine, OneRunThatCrashesAloneOnTheCpuPunishesNobody) {
  Machine machine({"cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_of(2, {.max_restarts = 9})});

  for (int attempt = 0; attempt < 6; ++attempt) {
    machine.fail(run, FailureClass::crashed);
    machine.wait(60s);
  }

  EXPECT_EQ(machine.health_of("cpu"), Health::healthy);
}

TEST(SchedulerQuarantine, WorkersThatAreKilledFromOutsideSayNothingAboutTheirDevice) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of(20)});

  for (std::int64_t id = 1; id < 20; ++id) {
    machine.lose(WorkerId{id}, FailureClass::crashed, SIGKILL);
    machine.join("cpu");
  }

  EXPECT_EQ(machine.health_of("cpu"), Health::healthy);
}

TEST(SchedulerQuarantine, TheRunsOfOneProcessThatDiedAreOneFailure) {
  Machine machine({"cuda:0"}, 8);
  machine.give(SweepSubmitted{sweep_of(8)});

  machine.lose(worker, FailureClass::crashed, SIGSEGV);

  EXPECT_EQ(machine.health_of("cuda:0"), Health::healthy);
}

TEST(SchedulerQuarantine, ASweepWithoutASoundDevicePausesAndSaysHowToGoOn) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});

  make_sick(machine, FailureClass::exited);

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::paused);
  EXPECT_TRUE(machine.scheduler.is_paused_by_itself(sweep));
  const std::vector<Waiting> waiting = machine.scheduler.waiting(sweep);
  EXPECT_THAT(waiting[0].reason,
              HasSubstr("every device is in quarantine: cuda:0 (3 runs in a row"));
  EXPECT_THAT(waiting[0].reason, HasSubstr("`tarama resume 1` at once"));
  EXPECT_EQ(waiting[0].until, 1min);
}

TEST(SchedulerQuarantine, APauseByItselfEndsWithATryThatGetsThrough) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);
  machine.wait(1min);
  ASSERT_THAT(machine.at_work, testing::SizeIs(1));
  ASSERT_EQ(machine.scheduler.state(sweep), SweepState::paused) << "until it is known";

  machine.succeed(machine.at_work.begin()->first);

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
  EXPECT_THAT(machine.at_work, testing::SizeIs(1));
}

TEST(SchedulerQuarantine, ResumeTriesAtOnceAndATryThatFailsPausesAgainForNoLonger) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);

  machine.give(ResumeAsked{sweep, {}});
  ASSERT_THAT(machine.at_work, testing::SizeIs(1));
  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::running);
  machine.fail(machine.at_work.begin()->first, FailureClass::exited);

  EXPECT_EQ(machine.scheduler.state(sweep), SweepState::paused);
  EXPECT_EQ(machine.scheduler.devices()[0].quarantine->next_try, 1min);
}

TEST(SchedulerQuarantine, APauseThatSomebodyAsksForIsNoPauseByItself) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);

  machine.give(PauseAsked{sweep, {}});

  EXPECT_FALSE(machine.scheduler.is_paused_by_itself(sweep));
  EXPECT_THAT(sent(machine.wait(2min)), IsEmpty());
}

TEST(SchedulerQuarantine, ATryThatTrainsOnHasShownEnough) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of(9)});
  make_sick(machine);
  machine.wait(1min);
  for (const auto& [id, work] : machine.at_work) {
    machine.give(RunStarted{work.worker, id, work.attempt, 0});
    machine.give(RunAdvanced{work.worker, id, work.attempt});
  }

  machine.wait(2min - 1ms);
  EXPECT_EQ(machine.health_of("cuda:0"), Health::on_trial);
  machine.wait(1ms);

  EXPECT_EQ(machine.health_of("cuda:0"), Health::healthy);
}

TEST(SchedulerQuarantine, OneOfAnEarlierLifeIsTriedAtOnce) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(QuarantineKnown{"cuda:0", noon, "it smoked", 2});

  machine.give(SweepSubmitted{sweep_of(3)});

  EXPECT_EQ(machine.device_of(run), "cuda:1") << "the sound device first";
  EXPECT_EQ(machine.device_of(RunId{3}), "cuda:0");
  EXPECT_EQ(machine.health_of("cuda:0"), Health::on_trial);
}

}  // namespace
}  // namespace tarama
