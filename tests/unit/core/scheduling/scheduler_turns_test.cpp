// Several sweeps share the devices' time by their weights, and nobody waits for ever.
#include "core/scheduling/scheduler_turns.hpp"

#include "tests/unit/core/scheduling/scheduler_machine.hpp"

#include <map>

namespace tarama {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::DoubleNear;

constexpr int many = 5000;

SweepRecord sweep_of_priority(int number, std::int64_t priority) {
  return sweep_of(many, {.priority = priority}, SweepId{number}, number * 10'000);
}

int number_of(RunId run) {
  return static_cast<int>(run.value / 10'000);
}

/// One device, on which runs follow one another; those of each sweep take the time that is said.
std::map<int, std::chrono::milliseconds> time_of_sweeps(
    Machine& machine, const std::map<int, std::chrono::milliseconds>& lengths, int runs) {
  std::map<int, std::chrono::milliseconds> time;
  for (int i = 0; i < runs; ++i) {
    const RunId run = machine.at_work.begin()->first;
    machine.wait(lengths.at(number_of(run)));
    time[number_of(run)] += lengths.at(number_of(run));
    machine.succeed(run);
  }
  return time;
}

double share_of_first(std::map<int, std::chrono::milliseconds> time) {
  const double first = std::chrono::duration<double>(time[1]).count();
  return first / (first + std::chrono::duration<double>(time[2]).count());
}

std::size_t at_work(const Machine& machine, int number) {
  std::size_t runs = 0;
  for (const auto& [run, assigned] : machine.at_work) {
    runs += number_of(run) == number ? 1 : 0;
  }
  return runs;
}

TEST(SchedulerTurns, TheWeightIsOneMoreThanThePriorityAndBelowZeroTheInverse) {
  EXPECT_EQ(scheduling::weight_of(0), 1);
  EXPECT_EQ(scheduling::weight_of(10), 11);
  EXPECT_EQ(scheduling::weight_of(-1), 0.5);
  EXPECT_EQ(scheduling::weight_of(-3), 0.25);
}

TEST(SchedulerTurns, SlotsThatAreFreeAtTheSameTimeAreSharedByWeight) {
  Machine machine({"cuda:0"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 1)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});

  for (const char* const device : {"cuda:1", "cuda:2", "cuda:3", "cuda:4", "cuda:5"}) {
    machine.join(device);
  }

  EXPECT_EQ(at_work(machine, 1), 4U);
  EXPECT_EQ(at_work(machine, 2), 2U);
}

TEST(SchedulerTurns, OneSlotIsSharedByWeightInTime) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 9)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});

  const auto time = time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 200);

  EXPECT_THAT(share_of_first(time), DoubleNear(10.0 / 11, 0.01));
}

TEST(SchedulerTurns, LongRunsDoNotGetMoreThanShortOnes) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});

  const auto time = time_of_sweeps(machine, {{1, 60min}, {2, 1min}}, 1000);

  EXPECT_THAT(share_of_first(time), DoubleNear(0.5, 0.05));
}

TEST(SchedulerTurns, TheTurnOfTheLeastOneComesToo) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, -10)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 10)});

  const auto time = time_of_sweeps(machine, {{1, 1min}, {2, 1min}}, 1220);

  EXPECT_THAT(share_of_first(time), DoubleNear(1.0 / 122, 0.002));
}

TEST(SchedulerTurns, WhoComesLaterDoesNotCatchUpOnWhatOthersHad) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  time_of_sweeps(machine, {{1, 10min}}, 100);
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});

  const auto time = time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 10);

  EXPECT_THAT(share_of_first(time), DoubleNear(0.5, 0.11));
}

TEST(SchedulerTurns, WhoPausedDoesNotCatchUpEither) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});
  time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 3);
  ASSERT_EQ(at_work(machine, 1), 0U);
  machine.give(PauseAsked{SweepId{1}, {}});
  time_of_sweeps(machine, {{2, 10min}}, 100);
  machine.give(ResumeAsked{SweepId{1}, {}});

  const auto time = time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 10);

  EXPECT_THAT(share_of_first(time), DoubleNear(0.5, 0.11));
}

TEST(SchedulerTurns, APriorityCountsFromWhenItIsGiven) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});
  time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 100);

  machine.give(RulesChanged{SweepId{1}, {.priority = 4}});

  EXPECT_THAT(share_of_first(time_of_sweeps(machine, {{1, 10min}, {2, 10min}}, 120)),
              DoubleNear(5.0 / 6, 0.02));
}

/// Two devices, each of which takes up the next run when it has ended one.
std::map<int, int> runs_of_sweeps(Machine& machine, std::chrono::milliseconds length, int rounds) {
  std::map<int, int> runs;
  for (int i = 0; i < rounds; ++i) {
    machine.wait(length);
    std::vector<RunId> over;
    for (const auto& [run, assigned] : machine.at_work) {
      over.push_back(run);
    }
    for (const RunId run : over) {
      ++runs[number_of(run)];
      machine.succeed(run);
    }
  }
  return runs;
}

TEST(SchedulerTurns, OfShortRunsTooTheHigherPriorityHasMoreFromTheBeginning) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 9)});

  std::map<int, int> runs = runs_of_sweeps(machine, 500ms, 12);

  EXPECT_GE(runs[2], 17);
}

TEST(SchedulerTurns, AnotherPriorityOwesNothingForTheOneBefore) {
  Machine machine({"cuda:0", "cuda:1"});
  machine.give(SweepSubmitted{sweep_of_priority(1, 0)});
  machine.give(SweepSubmitted{sweep_of_priority(2, 0)});
  runs_of_sweeps(machine, 500ms, 2);
  machine.give(RulesChanged{SweepId{1}, {.priority = -1000}});
  runs_of_sweeps(machine, 500ms, 2);

  machine.give(RulesChanged{SweepId{1}, {.priority = 0}});

  std::map<int, int> runs = runs_of_sweeps(machine, 500ms, 20);
  EXPECT_THAT(runs[1], testing::AllOf(testing::Ge(17), testing::Le(23)));
}

}  // namespace
}  // namespace tarama
