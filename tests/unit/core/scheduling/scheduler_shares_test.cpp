// Sweeps that share workers take no more of the memory, or of a GPU, than there is.
#include "tests/unit/core/scheduling/scheduler_machine.hpp"

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

SweepRecord sweep_that_takes(double share,
                             int number,
                             int runs,
                             const std::string& device = "cpu",
                             std::int64_t max_concurrent = 0) {
  return sweep_of(
      runs,
      {.max_concurrent = max_concurrent, .devices = {device}, .shares = {{device, share}}},
      SweepId{number},
      100 * number);
}

std::size_t at_work(const Machine& machine, int number) {
  std::size_t runs = 0;
  for (const auto& [run, assigned] : machine.at_work) {
    runs += run.value / 100 == number ? 1 : 0;
  }
  return runs;
}

TEST(SchedulerShares, RunsOfOneSweepTakeWhatThereIs) {
  Machine machine({"cpu", "cpu", "cpu", "cpu"});

  machine.give(SweepSubmitted{sweep_that_takes(1.0 / 3, 1, 9)});

  EXPECT_THAT(machine.at_work, SizeIs(3)) << "four workers, room for three";
  EXPECT_THAT(machine.scheduler.waiting(SweepId{1})[0].reason, HasSubstr("its share"));
}

TEST(SchedulerShares, TwoSweepsTogetherTakeNoMore) {
  Machine machine({"cpu", "cpu", "cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_that_takes(0.3, 1, 9, "cpu", 1)});

  machine.give(SweepSubmitted{sweep_that_takes(0.6, 2, 9)});

  EXPECT_EQ(at_work(machine, 1), 1U);
  EXPECT_EQ(at_work(machine, 2), 1U);
}

TEST(SchedulerShares, WorkersOfMoreThreadsShareTheSameMemory) {
  Machine machine({"cpu", "cpu*4"});
  machine.give(SweepSubmitted{sweep_that_takes(0.6, 1, 9)});

  machine.give(SweepSubmitted{sweep_that_takes(0.6, 2, 9, "cpu*4")});

  EXPECT_EQ(at_work(machine, 2), 0U);
}

TEST(SchedulerShares, GpusShareNothing) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_that_takes(1, 1, 1, "cuda:0")});

  machine.give(SweepSubmitted{sweep_that_takes(1, 2, 1, "cuda:1")});

  EXPECT_THAT(machine.at_work, SizeIs(2));
}

TEST(SchedulerShares, OneRunAloneIsAlwaysLetIn) {
  Machine machine({"cpu", "cpu"});

  machine.give(SweepSubmitted{sweep_that_takes(7, 1, 2)});

  EXPECT_THAT(machine.at_work, SizeIs(1));
}

TEST(SchedulerShares, LaterSweepsDoNotTakeForEverWhatAnEarlierOneWaitsFor) {
  Machine machine({"cpu", "cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_that_takes(0.9, 1, 1)});
  machine.give(PauseAsked{SweepId{1}, {}});
  machine.give(finished(RunId{100}, Attempt{1}, AttemptEnd::stopped));
  machine.at_work.clear();
  machine.give(SweepSubmitted{sweep_that_takes(0.3, 2, 9)});
  ASSERT_EQ(at_work(machine, 2), 3U);
  machine.give(ResumeAsked{SweepId{1}, {}});

  for (int ends = 0; ends < 3; ++ends) {
    EXPECT_EQ(at_work(machine, 1), 0U);
    machine.succeed(machine.at_work.begin()->first);
  }

  EXPECT_EQ(at_work(machine, 1), 1U);
}

TEST(SchedulerShares, WhereItsOwnRunsAreInTheWayLaterSweepsHaveTheRest) {
  Machine machine({"cpu", "cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_that_takes(0.6, 1, 9)});

  machine.give(SweepSubmitted{sweep_that_takes(0.4, 2, 9)});

  EXPECT_EQ(at_work(machine, 1), 1U);
  EXPECT_EQ(at_work(machine, 2), 1U);
}

TEST(SchedulerShares, WhoTakesNothingIsInNobodysWay) {
  Machine machine({"cpu", "cpu", "cpu"});
  machine.give(SweepSubmitted{sweep_that_takes(1, 1, 9)});

  machine.give(SweepSubmitted{sweep_that_takes(0, 2, 9)});

  EXPECT_EQ(at_work(machine, 2), 2U);
}

}  // namespace
}  // namespace tarama
