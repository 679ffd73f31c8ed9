// Grids beyond the edge of another one, and finer ones.
#include "core/search/next_grid.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama {
namespace {

using testing::ElementsAre;

ParameterValue whole(std::int64_t number) {
  return number;
}

TriedParameter rates(double best) {
  return {.key = "lr", .values = {1e-5, 2e-5, 4e-5}, .best = best, .tied = {best}};
}

TEST(NextGrid, GoesBelowTheLowestRateByTheFactorThatTheGridHas) {
  EXPECT_THAT(grid_beyond({rates(1e-5)}),
              ElementsAre(NextAxis{{"lr", {2.5e-6, 5e-6, 1e-5}}, GridMove::below}));
}

TEST(NextGrid, GoesAboveTheHighestCountByItsDifference) {
  const TriedParameter epochs{
      .key = "epochs", .values = {whole(2), whole(3)}, .best = whole(3), .tied = {whole(3)}};

  EXPECT_THAT(grid_beyond({epochs}),
              ElementsAre(NextAxis{{"epochs", {whole(3), whole(4), whole(5)}}, GridMove::above}));
}

TriedParameter of_program(std::vector<ParameterValue> values, ParameterValue best) {
  return {
      .key = "x", .values = std::move(values), .best = best, .tied = {best}, .is_of_program = true};
}

std::vector<ParameterValue> next_values(std::vector<ParameterValue> values, ParameterValue best) {
  return grid_beyond({of_program(std::move(values), std::move(best))}).front().axis.values;
}

TEST(NextGrid, OfAProgramsParameterGoesOnAsItsValuesDo) {
  EXPECT_THAT(next_values({whole(1), whole(2), whole(4)}, whole(4)),
              ElementsAre(whole(4), whole(8), whole(16)));
  EXPECT_THAT(next_values({whole(2), whole(3), whole(4)}, whole(4)),
              ElementsAre(whole(4), whole(5), whole(6)));
  EXPECT_THAT(next_values({1e-4, 1e-3}, 1e-4), ElementsAre(1e-6, 1e-5, 1e-4));
  EXPECT_THAT(next_values({0.5, 0.7, 0.9}, 0.9), ElementsAre(0.9)) << "a share ends at 1";
  EXPECT_THAT(next_values({whole(1), whole(2)}, whole(1)), ElementsAre(whole(1)));
  EXPECT_THAT(next_values({0.0, 2.0, 4.0}, 0.0), ElementsAre(0.0));
  EXPECT_THAT(next_values({-2.0, 0.0, 2.0}, -2.0), ElementsAre(-6.0, -4.0, -2.0));
  EXPECT_THAT(next_values({std::string("sgd"), std::string("adam")}, std::string("sgd")),
              ElementsAre(ParameterValue(std::string("sgd"))));
}

TEST(NextGrid, StopsAtTheEndOfAKeysRange) {
  const TriedParameter warmup{.key = "warmup", .values = {0.05, 0.1}, .best = 0.05, .tied = {0.05}};
  const TriedParameter epochs{
      .key = "epochs", .values = {whole(1), whole(2)}, .best = whole(1), .tied = {whole(1)}};

  const auto grid = grid_beyond({warmup, epochs});

  EXPECT_THAT(grid,
              ElementsAre(NextAxis{{"warmup", {0.0, 0.05}}, GridMove::below},
                          NextAxis{{"epochs", {whole(1)}}, GridMove::at_its_limit}));
  EXPECT_TRUE(has_new_values(grid));
  EXPECT_FALSE(has_new_values(grid_beyond({epochs})));
}

TEST(NextGrid, KeepsTheValuesOfTiedLevelsWhereTheBestIsInside) {
  const TriedParameter norm{.key = "norm",
                            .values = {std::string("post"), std::string("pre")},
                            .best = std::string("pre"),
                            .tied = {std::string("post"), std::string("pre")}};
  TriedParameter inner = rates(2e-5);
  inner.tied = {2e-5, 4e-5};

  EXPECT_THAT(
      grid_beyond({inner, norm}),
      ElementsAre(NextAxis{{"lr", {2e-5, 4e-5}}, GridMove::stays},
                  NextAxis{{"norm", {std::string("post"), std::string("pre")}}, GridMove::stays}));
}

TEST(NextGrid, LiesBetweenTheBestRateAndItsNeighboursByTheirGeometricMean) {
  EXPECT_THAT(grid_between({rates(2e-5)}),
              ElementsAre(NextAxis{{"lr", {1.4e-5, 2e-5, 2.8e-5}}, GridMove::between}));
}

TEST(NextGrid, HasNoValueBetweenWholeNumbersThatFollowOneAnother) {
  const TriedParameter epochs{.key = "epochs",
                              .values = {whole(2), whole(3), whole(4)},
                              .best = whole(3),
                              .tied = {whole(3)}};

  EXPECT_THAT(grid_between({epochs}),
              ElementsAre(NextAxis{{"epochs", {whole(3)}}, GridMove::stays}));
}

TEST(NextGrid, LeavesAModelsShapeAlone) {
  const TriedParameter hidden{
      .key = "hidden", .values = {whole(64), whole(128)}, .best = whole(128), .tied = {whole(128)}};

  EXPECT_FALSE(has_new_values(grid_beyond({hidden})));
  EXPECT_FALSE(has_new_values(grid_between({hidden})));
}

}  // namespace
}  // namespace tarama
