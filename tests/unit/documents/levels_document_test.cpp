// The documents of `run`, `wait` and `levels`.
#include "documents/levels_document.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <utility>
#include <vector>

namespace tarama {
namespace {

using nlohmann::ordered_json;

db::LevelInfo level(std::int64_t id, double lr, std::vector<double> values) {
  db::LevelInfo info;
  info.level = LevelId{id};
  info.params = ordered_json{{"lr", lr}, {"warmup", 0.1}, {"epochs", 2}}.dump();
  for (std::size_t i = 0; i < values.size(); ++i) {
    info.seeds.push_back(static_cast<std::int64_t>(i) + 1);
    info.runs.push_back(RunId{10 * id + static_cast<std::int64_t>(i)});
  }
  info.values = std::move(values);
  info.steps_per_run = 20;
  info.epochs = 2;
  info.learner = "packed";
  info.numerics = 2;
  info.inputs.eval_examples = 1000;
  info.inputs.train_tokens = 500;
  info.inputs.layers = 1;
  info.inputs.hidden = 10;
  info.inputs.classes = 2;
  return info;
}

db::SweepInfo sweep(std::int64_t succeeded) {
  db::SweepInfo info;
  info.sweep = SweepId{1};
  info.name = "small";
  info.account = {succeeded, 0, 0, 0, succeeded, 0, 0, 0};
  return info;
}

SweepResult two_levels() {
  return sweep_result_of(
      sweep(4), {level(1, 1e-3, {0.25, 0.25}), level(2, 3e-3, {0.75, 0.25})}, {}, {});
}

TEST(LevelsDocument, NoIntervalReachesBeyondWhatTheMetricCanBe) {
  const SweepResult result = sweep_result_of(
      sweep(6), {level(1, 1e-3, {.99, .90, .98}), level(2, 3e-3, {.01, .1, .02})}, {}, {});

  EXPECT_EQ(result.levels.front().answer.interval->second, 1);
  EXPECT_EQ(result.levels.back().answer.interval->first, 0);
}

TEST(LevelsDocument, TheDocumentOfRunHasTheAnswer) {
  db::LevelInfo lonely = level(2, 3e-3, {0.5});
  lonely.runs = {RunId{3}, RunId{4}};
  lonely.failed = lonely.diverged = 1;
  lonely.diverged_seeds = {2};
  lonely.seconds_per_run = 2.5;
  // 6 flops for each of 12 x 10 x 10 weights, over 500 tokens, twice.
  const auto best =
      ordered_json::parse(R"({"level": 2, "params": {"lr": 0.003, "warmup": 0.1, "epochs": 2},
    "mean": 0.5, "sd": null, "ci95": null, "score": 0.5, "difference": null, "tied": true,
    "interval": null, "p_best": null, "replicates": 1, "failed": 1, "diverged": 1, "stopped": 0,
    "divergence": {"diverged": 1, "of": 2, "rate_at_most": 0.97467943448089633},
    "steps_per_run": 20, "seconds_per_run": 2.5, "flops_per_run": 7200000.0, "runs": [3, 4],
    "learner": "packed", "numerics": 2})");

  ordered_json document = result_json(sweep_result_of(sweep(4), {lonely}, {}, {}), 1.5);
  document["best"]["divergence"]["rate_at_most"] = 0.97467943448089633;

  EXPECT_EQ(document["best"], best);
  document.erase("best");
  document.erase("tied");
  document.erase("cheapest_tied");
  EXPECT_EQ(document,
            (ordered_json{{"sweep", 1},
                          {"name", "small"},
                          {"planned", 4},
                          {"succeeded", 4},
                          {"stopped", 0},
                          {"failed", 0},
                          {"cancelled", 0},
                          {"wall_seconds", 1.5},
                          {"confidence", 0.95},
                          {"method", "paired"},
                          {"provisional", false},
                          {"looks", ordered_json::array()},
                          {"refinements", ordered_json::array()},
                          {"edge", ordered_json::array()},
                          {"winner_honest", nullptr},
                          {"winner_test", nullptr},
                          {"numerics_mix", ordered_json::array()}}));
}

TEST(LevelsDocument, ADivergedReplicateCountsAsTheMajoritysShare) {
  db::LevelInfo lonely = level(2, 3e-3, {0.75});
  lonely.runs = {RunId{3}, RunId{4}};
  lonely.failed = lonely.diverged = 1;
  lonely.diverged_seeds = {2};

  const auto document = levels_json(
      sweep_result_of(sweep(3), {lonely, level(1, 1e-3, {0.5, 0.5})}, {.majority = 0.5}, {}));

  EXPECT_EQ(document["levels"][0]["score"], 0.625);
  EXPECT_EQ(document["levels"][0]["mean"], 0.75);
}

TEST(LevelsDocument, WithoutAValueThereIsNoBest) {
  const ordered_json document =
      result_json(sweep_result_of(sweep(1), {level(1, 1e-3, {})}, {}, {}), 0);

  EXPECT_EQ(document["best"], nullptr);
  EXPECT_EQ(document["tied"], ordered_json::array());
  EXPECT_EQ(document["cheapest_tied"], nullptr);
}

TEST(LevelsDocument, LevelsOfTwoLearnersAreSaidToMixNumerics) {
  db::LevelInfo other = level(2, 3e-3, {0.75, 0.25});
  other.learner = "torch";
  other.numerics = 1;

  EXPECT_EQ(levels_json(sweep_result_of(
                sweep(4), {level(1, 1e-3, {0.25, 0.25}), other}, {}, {}))["numerics_mix"],
            ordered_json::parse(R"([{"learner": "packed", "numerics": 2, "levels": 1},
                                    {"learner": "torch", "numerics": 1, "levels": 1}])"));
}

TEST(LevelsDocument, LevelsAreListedInTheirRank) {
  const ordered_json document = levels_json(two_levels());

  EXPECT_EQ(document["metric"], "eval.flat_accuracy");
  ASSERT_EQ(document["levels"].size(), 2u);
  EXPECT_EQ(document["levels"][0]["params"]["lr"], 3e-3);
  EXPECT_EQ(document["levels"][0]["mean"], 0.5);
  EXPECT_EQ(document["levels"][0]["difference"]["mean"], 0.25);
  EXPECT_EQ(document["levels"][1]["runs"], (ordered_json{10, 11}));
  EXPECT_EQ(document["edge"],
            ordered_json::parse(R"([{"parameter": "lr", "side": "high", "value": 0.003}])"));
}

TEST(LevelsDocument, IsProvisionalWhileReplicatesAreToCome) {
  db::SweepInfo running = sweep(4);
  running.account.planned = 5;
  running.account.running = 1;

  EXPECT_EQ(levels_json(sweep_result_of(running, {level(1, 1e-3, {0.5})}, {}, {}))["provisional"],
            true);
}

}  // namespace
}  // namespace tarama
