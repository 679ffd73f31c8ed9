// Sweeps that learn from their runs, in an orchestrator without processes.
#include "core/search/points.hpp"
#include "tests/unit/orchestrator/service/growing_sweep.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <gmock/gmock.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::SizeIs;

/// The rate is best at 1e-3, without dropout.
SweepSpec searching(std::int64_t max_runs, std::int64_t replicates = 1) {
  SweepSpec spec = sweep_of({1e-3});
  spec.method = Method::tpe;
  spec.max_runs = max_runs;
  spec.replicates = replicates;
  spec.max_concurrent = 1;
  spec.parameters = {
      {.key = "lr",
       .values = {},
       .drawn = DrawnRange{.distribution = Distribution::log_uniform, .min = 1e-5, .max = 1}},
      {.key = "dropout", .values = {}, .drawn = DrawnRange{.min = 0, .max = .5, .q = .1}}};
  return spec;
}

/// An orchestrator with a sweep that searches, and one worker.
struct SearchingSweep : GrowingSweep {
  explicit SearchingSweep(const SweepSpec& spec)
      : GrowingSweep(spec, [](const JobSpec& job) {
          return .9 - .1 * std::abs(std::log10(job.training.lr) + 3) - .2 * job.training.dropout;
        }) {}

  /// The levels' parameters and seeds, in the order in which the runs came to be.
  std::vector<std::pair<std::string, std::int64_t>> runs() {
    world.settle();
    const db::StoredSweep stored = world.store->store.load_sweep(SweepId{1}).value();
    std::vector<std::pair<std::string, std::int64_t>> runs;
    for (const db::StoredRun& run : stored.runs) {
      const auto level = std::ranges::find(stored.levels, run.plan.level, &LevelRecord::level);
      runs.emplace_back(level->params, run.plan.seed);
    }
    return runs;
  }
};

TEST(Searcher, BeginsWithLevelsThatAreDrawnAndAddsOneWhenAWorkerWouldBeIdle) {
  SearchingSweep sweep(searching(30));
  ASSERT_THAT(sweep.runs(), SizeIs(first_levels));

  sweep.train_all();

  EXPECT_THAT(sweep.runs(), SizeIs(30));
  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "finished");
}

TEST(Searcher, GivesEachLevelItsReplicates) {
  SearchingSweep sweep(searching(40, 2));

  sweep.train_all();

  const auto runs = sweep.runs();
  ASSERT_THAT(runs, SizeIs(40));
  EXPECT_EQ(runs[38].first, runs[39].first);
  EXPECT_EQ(runs[38].second, 1);
  EXPECT_EQ(runs[39].second, 2);
}

TEST(Searcher, AnOrchestratorThatIsKilledMakesTheSameRunsAsOneThatIsNot) {
  SearchingSweep undisturbed(searching(24));
  undisturbed.train_all();
  const auto runs = undisturbed.runs();
  ASSERT_THAT(runs, SizeIs(24));

  for (const std::size_t crash_behind : {1, 9, 10, 11, 17, 23}) {
    SearchingSweep killed(searching(24));
    killed.train_all(crash_behind);

    EXPECT_EQ(killed.runs(), runs) << "killed behind run " << crash_behind;
    EXPECT_EQ(killed.world.sweep_status(1)["state"], "finished");
  }
}

TEST(Searcher, SaysHowFarItIs) {
  SearchingSweep sweep(searching(30));

  EXPECT_THAT(sweep.world.sweep_status(1)["search"].dump(), HasSubstr("tpe, 10 of 30 runs chosen"));
  EXPECT_EQ(sweep.world.sweep_status(1)["runs_to_choose"], 20);
}

TEST(Searcher, EndsWhereEveryPointHasBeenTried) {
  SweepSpec spec = searching(100);
  spec.parameters.erase(spec.parameters.begin());  // six values of dropout
  SearchingSweep sweep(spec);

  sweep.train_all();

  EXPECT_THAT(sweep.runs(), SizeIs(6));
  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "finished");
}

TEST(Searcher, GoesOnWhereAnExtensionAllowsMoreRuns) {
  SearchingSweep sweep(searching(12));
  sweep.train_all();
  ordered_json more = World::submission(searching(20), 4, "extend");
  more["sweep"] = 1;

  const ordered_json answer = sweep.world.ask(more);
  ASSERT_EQ(answer.value("added", -1), 0) << answer;
  sweep.train_all();

  SearchingSweep at_once(searching(20));
  at_once.train_all();
  EXPECT_EQ(sweep.runs(), at_once.runs());
  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "finished");
}

TEST(Searcher, GoesOnWhereTheFileIsSubmittedAgainWithMoreRuns) {
  SearchingSweep sweep(searching(12));
  sweep.train_all();

  const ordered_json answer = sweep.world.ask(World::submission(searching(15)));
  ASSERT_EQ(answer.value("is_new", true), false) << answer;
  sweep.train_all();

  EXPECT_THAT(sweep.runs(), SizeIs(15));
}

TEST(Searcher, RefusesToExtendASearchByAnotherSpace) {
  SearchingSweep sweep(searching(12));
  SweepSpec other = searching(20);
  other.parameters[0].drawn->max = .1;
  ordered_json more = World::submission(other, 4, "extend");
  more["sweep"] = 1;

  EXPECT_EQ(sweep.world.ask(more)["error"]["code"], "refused");
}

TEST(Searcher, AddsNothingToASweepThatIsCancelledOrPaused) {
  SearchingSweep sweep(searching(30));
  static_cast<void>(sweep.world.ask({{"do", "cancel"}, {"sweep", 1}}));
  sweep.world.settle();

  EXPECT_THAT(sweep.runs(), SizeIs(first_levels));
  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "cancelled");
}

}  // namespace
}  // namespace tarama::test
