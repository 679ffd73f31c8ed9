// Rungs whose runs are whole ones, in an orchestrator without processes.
#include "tests/unit/orchestrator/service/growing_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::IsSupersetOf;

/// Levels of one epoch, then of 3, then of 9. The rate is best at 1e-3.
SweepSpec restarting(std::int64_t max_runs) {
  SweepSpec spec = sweep_of({1e-3});
  spec.method = Method::asha;
  spec.max_runs = max_runs;
  spec.max_concurrent = 1;
  spec.order = OrderBy::as_listed;
  spec.parameters = {
      {.key = "lr",
       .values = {},
       .drawn = DrawnRange{.distribution = Distribution::log_uniform, .min = 1e-5, .max = 1}},
      {.key = "epochs", .values = {std::int64_t{9}}}};
  spec.rungs = Rungs{.eta = 3, .first = 1, .end = 9, .restart = "epochs"};
  return spec;
}

double value_of(const JobSpec& job) {
  return .9 - .1 * std::abs(std::log10(job.training.lr) + 3) -
         .1 / static_cast<double>(job.training.epochs);
}

struct RestartingSweep : GrowingSweep {
  explicit RestartingSweep(const SweepSpec& spec) : GrowingSweep(spec, value_of) {}

  db::StoredSweep stored() {
    world.settle();
    return world.store->store.load_sweep(SweepId{1}).value();
  }

  /// Epochs and rate of each run, in the order in which they came to be.
  std::vector<std::pair<std::int64_t, double>> runs() {
    const db::StoredSweep rows = stored();
    std::vector<std::pair<std::int64_t, double>> runs;
    for (const db::StoredRun& run : rows.runs) {
      const auto level = std::ranges::find(rows.levels, run.plan.level, &LevelRecord::level);
      runs.emplace_back(level->training.epochs, level->training.lr);
    }
    return runs;
  }

  std::map<std::int64_t, std::vector<double>> rates_by_epochs() {
    std::map<std::int64_t, std::vector<double>> rates;
    for (const auto& [epochs, lr] : runs()) {
      rates[epochs].push_back(lr);
    }
    return rates;
  }
};

/// So many of the rates that are best, the best first.
std::vector<double> best_of(std::vector<double> rates, std::size_t count) {
  std::ranges::sort(rates, {}, [](double lr) { return std::abs(std::log10(lr) + 3); });
  rates.resize(count);
  return rates;
}

TEST(RungRestarts, TrainTheBestAgainFromTheBeginningWithLongerSchedules) {
  RestartingSweep sweep(restarting(18));
  sweep.train_all();

  const auto rates = sweep.rates_by_epochs();
  ASSERT_EQ(rates.at(1).size(), 18U);
  EXPECT_EQ(rates.at(3), best_of(rates.at(1), 6));
  EXPECT_EQ(rates.at(9), best_of(rates.at(1), 2));

  const ordered_json status = sweep.world.sweep_status(1);
  EXPECT_EQ(status["state"], "finished");
  EXPECT_EQ(status["planned"], 26);
  EXPECT_EQ(status["succeeded"], 26);
  EXPECT_EQ(status["stopped"], 0);
}

TEST(RungRestarts, ARunIsWholeByItsOwnSchedule) {
  RestartingSweep sweep(restarting(9));
  sweep.train_all();

  const db::StoredSweep rows = sweep.stored();
  const std::int64_t of_one = rows.runs.front().plan.planned_steps;
  EXPECT_EQ(rows.runs.back().plan.planned_steps, 9 * of_one);
  EXPECT_EQ(rows.runs.back().plan.planned_evals, 9);
  EXPECT_THAT(rows.levels.back().params, HasSubstr("\"epochs\":9"));
  EXPECT_NE(rows.runs.back().plan.run_key, rows.runs.front().plan.run_key);
}

std::vector<std::pair<std::int64_t, double>> sorted(
    std::vector<std::pair<std::int64_t, double>> runs) {
  std::ranges::sort(runs);
  return runs;
}

// What was lost rests before it is tried again, and what is certain without it comes first.
TEST(RungRestarts, AnOrchestratorThatIsKilledMakesTheSameRunsAsOneThatIsNot) {
  RestartingSweep undisturbed(restarting(12));
  undisturbed.train_all();
  const auto runs = sorted(undisturbed.runs());
  ASSERT_EQ(runs.size(), 17U);

  for (const std::size_t crash_behind : {1, 11, 12, 13, 15, 16}) {
    RestartingSweep killed(restarting(12));
    killed.train_all(crash_behind);

    EXPECT_EQ(sorted(killed.runs()), runs) << "killed behind run " << crash_behind;
    EXPECT_EQ(killed.world.sweep_status(1)["state"], "finished");
  }
}

TEST(RungRestarts, SayHowManyAreToCome) {
  RestartingSweep sweep(restarting(9));

  const ordered_json status = sweep.world.sweep_status(1);

  EXPECT_EQ(status["runs_to_choose"], 4);
  EXPECT_THAT(status["search"].dump(), HasSubstr("9 of 13 runs chosen"));
  // Of 9 epochs now; of 3 x 3 and 1 x 9 later.
  EXPECT_EQ(status["steps_planned"], 3 * sweep.stored().runs.front().plan.planned_steps * 9);
}

TEST(RungRestarts, GoOnWhereAnExtensionAddsLevels) {
  RestartingSweep sweep(restarting(9));
  sweep.train_all();
  ordered_json more = World::submission(restarting(18), 4, "extend");
  more["sweep"] = 1;

  const ordered_json answer = sweep.world.ask(more);
  ASSERT_EQ(answer.value("added", -1), 9) << answer;
  sweep.train_all();

  const auto rates = sweep.rates_by_epochs();
  EXPECT_EQ(rates.at(1).size(), 18U);
  // Those of the first nine stay; the best six of all are among them.
  EXPECT_THAT(rates.at(3), IsSupersetOf(best_of(rates.at(1), 6)));
  EXPECT_THAT(rates.at(9), IsSupersetOf(best_of(rates.at(1), 2)));
  EXPECT_EQ(sweep.world.sweep_status(1)["state"], "finished");
}

TEST(RungRestarts, GiveFurtherSeedsToWholeRunsAlone) {
  RestartingSweep sweep(restarting(18));
  const ordered_json answer =
      sweep.world.ask({{"do", "refine"}, {"sweep", 1}, {"budget", 30}, {"first", 3}});
  ASSERT_FALSE(answer.contains("error")) << answer;
  sweep.train_all();

  std::map<std::int64_t, std::int64_t> runs_by_epochs;
  for (const auto& [epochs, lr] : sweep.runs()) {
    ++runs_by_epochs[epochs];
  }
  EXPECT_EQ(runs_by_epochs[1], 18);
  EXPECT_EQ(runs_by_epochs[3], 6);
  EXPECT_GE(runs_by_epochs[9], 6);
}

TEST(RungRestarts, AreRefusedByAFileWithOthers) {
  RestartingSweep sweep(restarting(9));
  SweepSpec other = restarting(9);
  other.rungs->brackets = 2;
  ordered_json more = World::submission(other, 4, "extend");
  more["sweep"] = 1;

  EXPECT_THAT(sweep.world.ask(more).dump(), HasSubstr("'rungs' differs"));
}

}  // namespace
}  // namespace tarama::test
