// What a sweep's results say about the next one.
#include "documents/suggestion.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <utility>
#include <vector>

namespace tarama {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

db::LevelInfo level(std::int64_t id, double lr, std::vector<double> values) {
  db::LevelInfo info;
  info.level = LevelId{id};
  info.params = ordered_json{{"lr", lr}, {"warmup", 0}, {"epochs", 2}}.dump();
  for (std::size_t i = 0; i < values.size(); ++i) {
    info.seeds.push_back(static_cast<std::int64_t>(i) + 1);
    info.runs.push_back(RunId{10 * id + static_cast<std::int64_t>(i)});
  }
  info.values = std::move(values);
  return info;
}

SweepResult result_of(std::vector<db::LevelInfo> levels) {
  db::SweepInfo sweep;
  sweep.name = "small";
  return sweep_result_of(std::move(sweep), std::move(levels), {}, {});
}

Axis rates(std::vector<ParameterValue> values) {
  return {"lr", std::move(values)};
}

TEST(Suggestion, WithOneRunALevelIsMoreSeeds) {
  const Suggestion suggestion =
      suggestion_for(result_of({level(1, 1e-5, {.7}), level(2, 2e-5, {.8})}), 1);

  EXPECT_EQ(suggestion.step, NextStep::more_seeds);
  EXPECT_EQ(suggestion.refine, (Refinement{.budget = 8, .first = 5}));
  EXPECT_THAT(suggestion.axes, IsEmpty());
  EXPECT_THAT(suggestion.reasons, ElementsAre(HasSubstr("with one run a level")));
}

TEST(Suggestion, OfABestLevelOnTheEdgeIsAGridBeyond) {
  const Suggestion suggestion = suggestion_for(result_of({level(1, 1e-5, {.80, .82, .81}),
                                                          level(2, 2e-5, {.70, .72, .71}),
                                                          level(3, 4e-5, {.60, .61, .62})}),
                                               3);

  EXPECT_EQ(suggestion.step, NextStep::grid);
  EXPECT_EQ(suggestion.axes.front(), rates({2.5e-6, 5e-6, 1e-5}));
  EXPECT_THAT(suggestion.reasons,
              ElementsAre("lr 1e-05 is the lowest tried; the optimum may lie below"));
}

TEST(Suggestion, OfATieInsideIsARefinementUntilOneIsLeft) {
  const Suggestion suggestion = suggestion_for(result_of({level(1, 1e-5, {.20, .21, .22}),
                                                          level(2, 2e-5, {.80, .82, .81}),
                                                          level(3, 3e-5, {.79, .83, .80}),
                                                          level(4, 4e-5, {.60, .61, .62})}),
                                               3);

  EXPECT_EQ(suggestion.step, NextStep::more_seeds);
  EXPECT_EQ(suggestion.refine, (Refinement{.until = .005}));
  EXPECT_THAT(suggestion.reasons,
              ElementsAre(HasSubstr("2 levels are not told apart"),
                          HasSubstr("0.005 is about half of what seeds make of a level")));
}

TEST(Suggestion, OfAClearBestInsideIsAFinerGrid) {
  const Suggestion suggestion = suggestion_for(result_of({level(1, 1e-5, {.60, .61, .62}),
                                                          level(2, 2e-5, {.80, .82, .81}),
                                                          level(3, 4e-5, {.60, .61, .62})}),
                                               3);

  EXPECT_EQ(suggestion.step, NextStep::grid);
  EXPECT_EQ(suggestion.axes.front(), rates({1.4e-5, 2e-5, 2.8e-5}));
}

TEST(Suggestion, WaitsForTheReplicatesThatArePlanned) {
  std::vector<db::LevelInfo> levels = {level(1, 1e-5, {.7}), level(2, 2e-5, {.8})};
  for (db::LevelInfo& each : levels) {
    each.runs = {RunId{1}, RunId{2}, RunId{3}, RunId{4}, RunId{5}};
  }

  EXPECT_EQ(suggestion_for(result_of(std::move(levels)), 5).step, NextStep::nothing);
}

TEST(Suggestion, OfOneLevelIsNothing) {
  const Suggestion suggestion = suggestion_for(result_of({level(1, 1e-5, {.60, .61, .62})}), 3);

  EXPECT_EQ(suggestion.step, NextStep::nothing);
  EXPECT_THAT(suggestion.axes, IsEmpty());
}

}  // namespace
}  // namespace tarama
