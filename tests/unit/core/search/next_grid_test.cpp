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
