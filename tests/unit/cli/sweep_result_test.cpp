// The answer of a sweep as documents and as text.
#include "cli/sweep_result.hpp"

#include "cli/text/text_width.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

RankedLevel level(std::int64_t id, double lr, std::vector<double> values) {
  RankedLevel ranked;
  ranked.summary = summarize({LevelId{id}, values, 2, 0, 0, 20});
  ranked.params = ordered_json{{"lr", lr}, {"warmup", 0.1}, {"epochs", 2}};
  ranked.values = std::move(values);
  ranked.runs = {RunId{2 * id - 1}, RunId{2 * id}};
  ranked.learner = "torch";
  ranked.numerics = 2;
  return ranked;
}

SweepResult two_levels() {
  SweepResult result;
  result.sweep.sweep = SweepId{1};
  result.sweep.name = "small";
  result.sweep.account = {4, 0, 0, 0, 4, 0, 0, 0};
  result.levels = {level(2, 3e-3, {0.75, 0.25}), level(1, 1e-3, {0.25, 0.25})};
  return result;
}

TEST(SweepResult, TheDocumentOfRunHasTheBestLevel) {
  SweepResult result = two_levels();
  result.levels.front().values = {0.5};
  result.levels.front().summary = summarize({LevelId{2}, {0.5}, 2, 1, 1, 20});
  const auto best = ordered_json::parse(R"({"params": {"lr": 0.003, "warmup": 0.1, "epochs": 2},
    "mean": 0.5, "sd": null, "ci95": null, "replicates": 1, "failed": 1, "diverged": 1,
    "steps_per_run": 20, "runs": [3, 4], "learner": "torch", "numerics": 2})");

  EXPECT_EQ(result_json(result, 1.5),
            (ordered_json{{"sweep", 1},
                          {"name", "small"},
                          {"planned", 4},
                          {"succeeded", 4},
                          {"stopped", 0},
                          {"failed", 0},
                          {"cancelled", 0},
                          {"wall_seconds", 1.5},
                          {"best", best},
                          {"tied", ordered_json::array({best})},
                          {"cheapest_tied", best},
                          {"numerics_mix", ordered_json::array()}}));
}

TEST(SweepResult, WithoutAValueThereIsNoBest) {
  SweepResult result;
  result.sweep.name = "small";
  result.levels = {level(1, 1e-3, {})};

  const ordered_json document = result_json(result, 0);

  EXPECT_EQ(document["best"], nullptr);
  EXPECT_EQ(document["tied"], ordered_json::array());
  EXPECT_EQ(document["cheapest_tied"], nullptr);
}

TEST(SweepResult, LevelsOfTwoLearnersAreSaidToMixNumerics) {
  SweepResult result = two_levels();
  result.levels.front().learner = "packed";
  result.levels.front().numerics = 1;

  const std::string text = winner_text(result, "store", TextStyle(ColourUse::none));

  EXPECT_EQ(levels_json(result)["numerics_mix"],
            ordered_json::parse(R"([{"learner": "packed", "numerics": 1, "levels": 1},
                                    {"learner": "torch", "numerics": 2, "levels": 1}])"));
  EXPECT_THAT(text,
              HasSubstr("numerics mix: 1 level by packed (numerics 1), 1 level by torch (numerics "
                        "2); between them, means differ by more than the parameters\n"));
  EXPECT_THAT(winner_text(two_levels(), "store", TextStyle(ColourUse::none)),
              Not(HasSubstr("numerics mix")));
}

TEST(SweepResult, LevelsAreListedInTheirRank) {
  const ordered_json document = levels_json(two_levels());

  EXPECT_EQ(document["metric"], "eval.flat_accuracy");
  ASSERT_EQ(document["levels"].size(), 2u);
  EXPECT_EQ(document["levels"][0]["params"]["lr"], 3e-3);
  EXPECT_EQ(document["levels"][0]["mean"], 0.5);
  EXPECT_EQ(document["levels"][1]["runs"], (ordered_json{1, 2}));
}

TEST(SweepResult, TheTableHasALineAndAPlotPerLevel) {
  const std::string text = levels_text(two_levels(), {120, 10, TextStyle(ColourUse::none)});

  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_THAT(text, HasSubstr("0.003     0.1       2  0.5000"));
  EXPECT_THAT(text, HasSubstr("●"));
}

TEST(SweepResult, ANarrowTableHasNoPlot) {
  EXPECT_THAT(levels_text(two_levels(), {60, 10, TextStyle(ColourUse::none)}), Not(HasSubstr("●")));
}

TEST(SweepResult, ALongTableSaysHowManyLevelsItLeftOut) {
  EXPECT_THAT(levels_text(two_levels(), {80, 1, TextStyle(ColourUse::none)}),
              HasSubstr("… and 1 more levels"));
}

TEST(SweepResult, ThePlotStaysWithinItsColumns) {
  const std::string text = levels_text(two_levels(), {90, 10, TextStyle(ColourUse::none)});
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    EXPECT_LE(display_width(text.substr(from, end - from)), 90u);
    from = end + 1;
  }
}

TEST(SweepResult, TheWinnerIsASentenceAndAWayOn) {
  const std::string text = winner_text(two_levels(), "my store", TextStyle(ColourUse::none));

  EXPECT_THAT(text, HasSubstr("best level: lr 0.003 · warmup 0.1 · epochs 2\n"));
  EXPECT_THAT(text, HasSubstr("eval.flat_accuracy 0.5000 (mean of 2 runs, 95 % interval"));
  EXPECT_THAT(text, HasSubstr("tarama query --store 'my store'"));
}

}  // namespace
}  // namespace tarama::cli
