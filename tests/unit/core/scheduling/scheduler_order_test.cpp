// Which of a sweep's runs is handed out next, by the ranks that its `order` gives them.
#include "tests/unit/core/scheduling/scheduler_machine.hpp"

namespace tarama {
namespace {

using namespace test;
using testing::ElementsAre;

/// The runs in the order in which one worker gets them, each succeeding.
std::vector<std::int64_t> handed_out(Machine& machine) {
  std::vector<std::int64_t> runs;
  while (!machine.at_work.empty()) {
    const RunId run = machine.at_work.begin()->first;
    runs.push_back(run.value);
    machine.succeed(run);
  }
  return runs;
}

SweepRecord ranked(const std::vector<double>& ranks) {
  SweepRecord record = sweep_of(static_cast<int>(ranks.size()));
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    record.runs[i].rank = ranks[i];
  }
  return record;
}

TEST(SchedulerOrder, IsThatOfTheRanksWithinAReplicate) {
  SweepRecord record = ranked({0.3, 0.2, 0.1, 0.05});
  record.runs[3].replicate = 1;
  record.runs[0].planned_steps = 1000;
  Machine machine({"cpu"});

  machine.give(SweepSubmitted{record});

  EXPECT_THAT(handed_out(machine), ElementsAre(3, 2, 1, 4));
}

TEST(SchedulerOrder, ARunThatTrainsTheBeginningOfAnotherComesAsEarlyAsThat) {
  SweepRecord record = ranked({1, 2, 3});
  record.runs[0].planned_steps = 30;
  record.runs[0].begins_as = RunId{3};
  Machine machine({"cpu"});

  machine.give(SweepSubmitted{record});

  EXPECT_THAT(handed_out(machine), ElementsAre(3, 1, 2));
}

TEST(SchedulerOrder, MayChangeWhileTheSweepRuns) {
  Machine machine({"cpu"});
  machine.give(SweepSubmitted{ranked({1, 2, 3, 4})});

  machine.give(RanksChanged{sweep, {{RunId{2}, 3}, {RunId{3}, 2}, {RunId{4}, 1}}});

  EXPECT_THAT(handed_out(machine), ElementsAre(1, 4, 3, 2));
}

}  // namespace
}  // namespace tarama
