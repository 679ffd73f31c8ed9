// Shares of the parameters against numbers worked out by other code, and against noise.
#include "core/statistics/functional_anova.hpp"

#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tarama::statistics {
namespace {

/// Every cell of the grid, the last axis fastest.
std::vector<GridCell> grid(const std::vector<std::size_t>& sizes,
                           const std::vector<double>& means) {
  std::vector<GridCell> cells;
  for (std::size_t i = 0; i < means.size(); ++i) {
    GridCell cell{.at = std::vector<std::size_t>(sizes.size()), .mean = means[i]};
    std::size_t rest = i;
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      cell.at[axis] = rest % sizes[axis];
      rest /= sizes[axis];
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

double share_of(const Effects& effects, const std::vector<std::size_t>& axes) {
  for (const EffectShare& each : effects.shares) {
    if (each.axes == axes) {
      return each.share;
    }
  }
  return -1;
}

const std::vector<double> example = {.82, .83, .83, .84, .85, .86, .86, .88, .70, .72, .80, .83};

TEST(FunctionalAnova, OfAWholeGridIsExact) {
  const Effects effects = analyse_effects(grid({3, 2, 2}, example), {3, 2, 2});

  EXPECT_EQ(effects.kind, EffectsKind::exact);
  EXPECT_NEAR(share_of(effects, {0}), .6276382, 1e-7);
  EXPECT_NEAR(share_of(effects, {1}), .1698492, 1e-7);
  EXPECT_NEAR(share_of(effects, {2}), .0251256, 1e-7);
  EXPECT_NEAR(share_of(effects, {0, 1}), .1723618, 1e-7);
  EXPECT_NEAR(share_of(effects, {0, 2}), .0035176, 1e-7);
  EXPECT_NEAR(share_of(effects, {1, 2}), .0010050, 1e-7);
  EXPECT_NEAR(effects.rest, .0005025, 1e-7);
  EXPECT_EQ(effects.shares.front().axes, (std::vector<std::size_t>{0}));
  EXPECT_EQ(effects.shares.front().low, std::nullopt);
  EXPECT_NEAR(effects.means[1][0], (.82 + .83 + .85 + .86 + .70 + .72) / 6, 1e-12);
}

TEST(FunctionalAnova, OfEqualLevelsNothingHasAShare) {
  std::vector<GridCell> cells = grid({2, 3}, std::vector<double>(6, 0.7));
  for (const bool is_whole : {true, false}) {
    const Effects effects = analyse_effects(cells, {2, 3});

    ASSERT_NE(effects.kind, EffectsKind::not_estimable);
    for (const EffectShare& each : effects.shares) {
      EXPECT_EQ(each.share, 0) << is_whole;
    }
    cells.pop_back();
  }
}

TEST(FunctionalAnova, SubtractsWhatNoiseAloneWouldGive) {
  constexpr int sweeps = 400;
  constexpr double squared_error = .25;  // sd 1 over 4 runs
  PhiloxStream numbers({.seed = 5, .place = Place::fake_noise});
  double of_nothing = 0;
  double held = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    std::vector<double> means;
    for (int cell = 0; cell < 24; ++cell) {
      means.push_back((cell < 12 ? 1 : -1) + .5 * numbers.normal());
    }
    std::vector<GridCell> cells = grid({2, 4, 3}, means);
    for (GridCell& cell : cells) {
      cell.squared_error = squared_error;
    }
    const Effects effects = analyse_effects(cells, {2, 4, 3});
    of_nothing += share_of(effects, {1, 2}) / sweeps;
    for (const EffectShare& each : effects.shares) {
      held += each.axes == std::vector<std::size_t>{0} && *each.high > .9 ? 1.0 / sweeps : 0;
    }
  }
  // Without the subtraction 6 * .25 / 24 of a variance of 1.25 would read as interaction: .05.
  EXPECT_LT(of_nothing, .025);
  EXPECT_GT(held, .9);
}

TEST(FunctionalAnova, CompletesAnIncompleteGridByLeastSquares) {
  // Additive: 0 1 2 by rows, 0 10 by columns; one cell is missing.
  std::vector<GridCell> cells = grid({3, 2}, {0, 10, 1, 11, 2, 12});
  cells.pop_back();

  const Effects effects = analyse_effects(cells, {3, 2});

  EXPECT_EQ(effects.kind, EffectsKind::least_squares);
  EXPECT_NEAR(share_of(effects, {0}), (2.0 / 3) / (2.0 / 3 + 25), 1e-9);
  EXPECT_NEAR(effects.means[0][2], 7, 1e-9);
}

TEST(FunctionalAnova, OfASampledSweepIsNotEstimable) {
  std::vector<GridCell> cells;
  for (std::size_t i = 0; i < 8; ++i) {
    cells.push_back({.at = {i, i}, .mean = static_cast<double>(i)});
  }

  EXPECT_EQ(analyse_effects(cells, {8, 8}).kind, EffectsKind::not_estimable);
  EXPECT_EQ(analyse_effects({}, {2}).kind, EffectsKind::not_estimable);
}

TEST(FunctionalAnova, ParametersOfOneValueHaveNoShare) {
  const Effects effects = analyse_effects(grid({2, 1}, {0, 1}), {2, 1});

  ASSERT_EQ(effects.shares.size(), 1u);
  EXPECT_DOUBLE_EQ(effects.shares.front().share, 1);
}

}  // namespace
}  // namespace tarama::statistics
