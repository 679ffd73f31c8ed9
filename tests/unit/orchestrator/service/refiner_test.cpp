// Replicates that decide themselves, in an orchestrator without processes.
#include "core/training/philox.hpp"
#include "tests/unit/orchestrator/service/growing_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::ordered_json;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

/// A level and a seed.
using Point = std::pair<std::int64_t, std::int64_t>;

/// An orchestrator with a sweep of some rates: 1e-3 is best, 2e-3 near, 3e-3 far behind. A run's
/// noise is its own, and always the same.
struct RefinedSweep : GrowingSweep {
  explicit RefinedSweep(std::vector<double> rates)
      : GrowingSweep(sweep_of(std::move(rates)), accuracy_of) {}

  static double accuracy_of(const JobSpec& job) {
    PhiloxStream noise({.seed = job.seed,
                        .place = Place::fake_noise,
                        .step = static_cast<std::int64_t>(job.training.lr * 1e4)});
    const double mean = job.training.lr < 1.5e-3 ? .80 : job.training.lr < 2.5e-3 ? .77 : .5;
    return mean + .02 * noise.normal();
  }

  ordered_json ask_until(double within) {
    return world.ask(
        {{"do", "refine"}, {"sweep", 1}, {"until", within}, {"first", 3}, {"most", 30}});
  }

  /// The sweep's runs in the order in which they came to be.
  std::vector<Point> runs() {
    world.settle();
    std::vector<Point> points;
    for (const db::StoredRun& run : world.store->store.load_sweep(SweepId{1}).value().runs) {
      points.emplace_back(run.plan.level.value, run.plan.seed);
    }
    return points;
  }

  std::vector<RefinementStage> stages() {
    world.settle();
    return world.store->store.refinements(SweepId{1});
  }
};

std::int64_t runs_of(const std::vector<Point>& points, std::int64_t level) {
  return std::ranges::count(points, level, &Point::first);
}

TEST(Refiner, GivesLevelsSeedsUntilOneIsLeftAndEndsTheSweep) {
  RefinedSweep sweep({1e-3, 2e-3, 3e-3});
  const ordered_json answer = sweep.ask_until(.01);
  ASSERT_EQ(answer.value("stage", 0), 1) << answer;

  sweep.train_all();

  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "finished");
  ASSERT_THAT(sweep.stages(), SizeIs(1));
  EXPECT_EQ(sweep.stages()[0].reached, LevelId{1}) << sweep.stages()[0].outcome;
  EXPECT_EQ(runs_of(sweep.runs(), 3), 3) << "dropped behind its first seeds";
  EXPECT_GT(runs_of(sweep.runs(), 1), 3);
  EXPECT_THAT(sweep.world.store->store.looks(SweepId{1}), Contains(Look{LevelId{3}, 3}));
}

TEST(Refiner, AnOrchestratorThatIsKilledMakesTheSameRunsAsOneThatIsNot) {
  RefinedSweep undisturbed({1e-3, 2e-3, 3e-3});
  static_cast<void>(undisturbed.ask_until(.01));
  undisturbed.train_all();
  const std::vector<Point> runs = undisturbed.runs();
  ASSERT_GT(runs.size(), 11U);

  for (const std::size_t crash_behind : {2, 3, 9, 10, 11}) {
    RefinedSweep killed({1e-3, 2e-3, 3e-3});
    static_cast<void>(killed.ask_until(.01));
    killed.train_all(crash_behind);

    EXPECT_EQ(killed.runs(), runs) << "killed behind run " << crash_behind;
    EXPECT_EQ(killed.stages().back().reached, undisturbed.stages().back().reached);
    EXPECT_EQ(killed.world.sweep_status(1)["state"], "finished");
  }
}

TEST(Refiner, TakesASweepUpAgainThatWasOver) {
  RefinedSweep sweep({1e-3, 2e-3});
  sweep.train_all();
  ASSERT_THAT(sweep.runs(), SizeIs(2));

  const ordered_json answer =
      sweep.world.ask({{"do", "refine"}, {"sweep", 1}, {"budget", 5}, {"first", 2}});
  ASSERT_EQ(answer.value("runs_before", 0), 2) << answer;
  sweep.train_all();

  EXPECT_THAT(sweep.runs(), SizeIs(7));
  EXPECT_EQ(sweep.stages().back().outcome, "5 runs are spent");
}

TEST(Refiner, IsCalledOffWithTheSweep) {
  RefinedSweep sweep({1e-3, 2e-3});
  static_cast<void>(sweep.ask_until(.01));

  static_cast<void>(sweep.world.ask({{"do", "cancel"}, {"sweep", 1}}));

  EXPECT_EQ(sweep.stages()[0].outcome, "called off before it was decided");
  EXPECT_EQ(sweep.ask_until(.01)["error"]["code"], "refused");
}

TEST(Refiner, RefusesWhatCannotBeRight) {
  RefinedSweep sweep({1e-3, 2e-3});
  for (const char* wrong : {R"({"until": 0})",
                            R"({"until": 0.1, "budget": 3})",
                            R"({"budget": 0})",
                            R"({"until": 0.1, "first": 9, "most": 3})",
                            "{}"}) {
    ordered_json request = {{"do", "refine"}, {"sweep", 1}};
    request.update(ordered_json::parse(wrong));
    EXPECT_EQ(sweep.world.ask(request)["error"]["code"], "invalid_argument") << wrong;
  }
  EXPECT_THAT(sweep.stages(), IsEmpty());
}

}  // namespace
}  // namespace tarama::test
