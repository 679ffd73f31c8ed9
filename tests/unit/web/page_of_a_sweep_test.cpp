// What the page's server and a report say of a sweep in a store that nobody holds.
#include "bench/made_up_sweep.hpp"
#include "cli/page/page_service.hpp"
#include "cli/page/report_page.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

namespace tarama::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::int64_t steps = 100;

/// Every run of it has succeeded.
class PageOfASweep : public testing::Test {
 protected:
  void fill(const bench::SweepShape& shape, std::size_t longer_names = 0) {
    const auto store = std::move(*db::open_sqlite_store(folder_.path() / "tarama.db"));
    db::NewSweep sweep = bench::made_up_sweep(shape);
    sweep.spec = to_json(SweepSpec{});
    sweep.name = "a sweep" + std::string(longer_names, 'n');
    for (LevelRecord& level : sweep.levels) {
      ordered_params(level, longer_names);
    }
    const auto stored = store->create_sweep(std::move(sweep));
    ASSERT_TRUE(stored.has_value());
    for (const db::StoredRun& run : stored->runs) {
      ASSERT_TRUE(store->write(whole_run(run.run, run.plan)).has_value());
    }
  }

  static void ordered_params(LevelRecord& level, std::size_t longer_names) {
    json params = json::parse(level.params);
    params["model" + std::string(longer_names, 'm')] = std::string(longer_names + 1, 'p');
    level.params = params.dump();
  }

  std::vector<db::Write> whole_run(RunId run, const RunPlan& plan) {
    std::normal_distribution<double> noise(0, 0.01);
    db::MetricBatch rows;
    rows.run = run;
    rows.attempt = Attempt{1};
    rows.train_seconds = 2 + noise(random_);
    for (std::int64_t step = 0; step < plan.planned_steps; ++step) {
      StepRow row;
      row.step = step;
      row.loss = 1 + noise(random_);
      row.flat_accuracy = 0.5 + noise(random_);
      rows.steps.push_back(row);
    }
    EvalRow eval;
    eval.step = plan.planned_steps - 1;
    eval.loss = 0.4 + noise(random_);
    eval.flat_accuracy = 0.8 + noise(random_);
    eval.majority_accuracy = 0.5;
    eval.examples = 1000;
    rows.evals = {eval};
    PersistAttempt attempt;
    attempt.run = run;
    attempt.attempt = Attempt{1};
    attempt.device = "cuda:0";
    attempt.leased_at = attempt.started_at = TimePoint{1'700'000'000'000 + run.value * 2345};
    attempt.ended_at = TimePoint{1'700'000'002'000 + run.value * 2345};
    attempt.first_step = 0;
    attempt.outcome = "succeeded";
    return {attempt, rows, PersistRun{run, {.state = RunState::succeeded, .attempt = Attempt{1}}}};
  }

  Context context() {
    Context context{.streams = {.out = out_, .err = out_},
                    .environment = [](const std::string&) { return std::nullopt; },
                    .options = {}};
    context.options.store = folder_.path().string();
    return context;
  }

  web::Reply get(const std::string& path, const std::map<std::string, std::string>& query) {
    PageService service(context(), PageControl::none, 1);
    web::Request request;
    request.path = path;
    request.query = {query.begin(), query.end()};
    return service.answer(request, 0);
  }

  web::Reply order(const std::string& body, PageControl control = PageControl::allowed) {
    PageService service(context(), control, 1);
    web::Request request;
    request.path = "/api/control";
    request.body = body;
    return service.answer(request, 0);
  }

  test::TempFolder folder_;
  std::ostringstream out_;
  std::mt19937_64 random_{1};
};

TEST_F(PageOfASweep, SaysWhatABudgetOfReplicatesCosts) {
  fill({.levels = 3, .replicates = 3, .steps = steps});

  const json cost = json::parse(get("/api/refinement", {{"sweep", "1"}, {"budget", "6"}}).body);

  EXPECT_EQ(cost["words"], "6 runs");
  EXPECT_EQ(cost["runs"], 6);
  EXPECT_EQ(cost["most_runs"], 6);
  EXPECT_NEAR(cost["seconds_per_run"].get<double>(), 2, 0.1);
}

TEST_F(PageOfASweep, SaysWhatReplicatesUntilADifferenceCostAtMost) {
  fill({.levels = 3, .replicates = 3, .steps = steps});

  const json cost = json::parse(get("/api/refinement", {{"sweep", "1"}, {"until", "0.005"}}).body);

  EXPECT_THAT(cost["words"].get<std::string>(), HasSubstr("at most"));
  EXPECT_EQ(cost["most_runs"], 17 * 3);  // from 3 seeds each to 20 at most
  EXPECT_THAT(cost["promise"].get<std::string>(), HasSubstr("95 %"));
}

TEST_F(PageOfASweep, AsksForOneOfTheTwo) {
  fill({.levels = 2, .replicates = 2, .steps = steps});
  EXPECT_EQ(get("/api/refinement", {{"sweep", "1"}}).status, 400);
  EXPECT_EQ(get("/api/refinement", {{"sweep", "1"}, {"until", "0.1"}, {"budget", "3"}}).status,
            400);
  EXPECT_EQ(get("/api/refinement", {{"sweep", "2"}, {"budget", "3"}}).status, 404);
}

TEST_F(PageOfASweep, TakesOrdersToRefineWhereItMaySteer) {
  fill({.levels = 2, .replicates = 2, .steps = steps});
  EXPECT_EQ(order(R"({"do": "refine", "sweep": 1, "budget": 4})", PageControl::none).status, 403);
  EXPECT_EQ(order(R"({"do": "refine", "sweep": 1})").status, 400);
  EXPECT_EQ(order(R"({"do": "refine", "sweep": 1, "budget": -4})").status, 400);
  // As it should be; but nobody is there to take it.
  EXPECT_THAT(order(R"({"do": "refine", "sweep": 1, "budget": 4})").body,
              HasSubstr("no orchestrator runs"));
}

TEST_F(PageOfASweep, TheCommandToRefineIsOneThatRuns) {
  fill({.levels = 3, .replicates = 3, .steps = steps});
  const std::string page = get("/api/sweep", {{"sweep", "1"}}).body;
  EXPECT_THAT(page, testing::ContainsRegex("tarama refine 1 --(budget|until) [0-9.]+ .*--store"));
}

TEST_F(PageOfASweep, AReportOfAThousandRunsWithLongNamesIsShort) {
  fill({.levels = 200, .replicates = 5, .steps = steps}, 60);
  const auto store = db::ReadStore::open(folder_.path() / "tarama.db");
  ASSERT_TRUE(store.has_value());

  const auto report = report_page(context(), *store, SweepId{1}, {.made_at = TimePoint{1}});

  ASSERT_TRUE(report.has_value());
  EXPECT_LT(report->size(), 750'000U);
}

}  // namespace
}  // namespace tarama::cli
