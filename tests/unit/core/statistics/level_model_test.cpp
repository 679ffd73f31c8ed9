// The model of moderated spreads: its prior against numbers by other code, and its calibration on
// simulated sweeps.
#include "core/statistics/level_model.hpp"

#include "core/statistics/seeds_left_out.hpp"
#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace tarama::statistics {
namespace {

/// Levels of mean 0 with these spreads over `seeds` seeds.
std::vector<LevelSample> simulated(PhiloxStream& numbers,
                                   const std::vector<double>& sds,
                                   int seeds) {
  std::vector<LevelSample> samples;
  for (const double sd : sds) {
    LevelSample sample{.level = LevelId{static_cast<std::int64_t>(samples.size()) + 1},
                       .values = {}};
    for (int seed = 1; seed <= seeds; ++seed) {
      sample.values.push_back({seed, sd * numbers.normal()});
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

/// The share of intervals that hold their level's mean.
double held(const std::vector<double>& sds, int seeds) {
  constexpr int sweeps = 2000;
  PhiloxStream numbers({.seed = 11, .place = Place::fake_noise});
  std::int64_t holding = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (const auto& interval : mean_intervals(simulated(numbers, sds, seeds), {})) {
      holding += interval->first <= 0 && 0 <= interval->second ? 1 : 0;
    }
  }
  return static_cast<double>(holding) / static_cast<double>(sweeps * static_cast<int>(sds.size()));
}

// The formulas of limma's fitFDist(c(1, 2, 4, 8, 16), df1 = 4).
TEST(SpreadPrior, IsFittedAsInLimma) {
  const auto prior = fit_spread_prior({{1, 4}, {2, 4}, {4, 4}, {8, 4}, {16, 4}}, 0);

  EXPECT_NEAR(prior->df, 4.50745993, 1e-6);
  EXPECT_NEAR(prior->variance, 4.13171996, 1e-6);
}

TEST(SpreadPrior, OfSpreadsThatDifferLessThanByChanceIsOneForAll) {
  const auto prior = fit_spread_prior({{1, 4}, {1.1, 4}, {.9, 4}}, 0);

  EXPECT_TRUE(std::isinf(prior->df));
  EXPECT_DOUBLE_EQ(prior->variance, 1);
  EXPECT_EQ(fit_spread_prior({{1, 4}}, 0), std::nullopt);
}

// 3 standard errors of 24,000 intervals are .0042; those of a sweep are not independent.
TEST(LevelModel, IntervalsHoldOnTheAverageOverEqualSpreads) {
  const std::vector<double> equal(12, 1.0);
  EXPECT_NEAR(held(equal, 2), .95, .015);
  EXPECT_NEAR(held(equal, 3), .95, .01);
  EXPECT_NEAR(held(equal, 10), .95, .01);
}

TEST(LevelModel, IntervalsHoldOnTheAverageOverUnequalSpreads) {
  std::vector<double> spread;
  for (int i = 0; i < 12; ++i) {
    spread.push_back(std::exp(.15 * i));  // from 1 to 5
  }
  EXPECT_NEAR(held(spread, 3), .95, .02);
  EXPECT_NEAR(held(spread, 5), .95, .015);
}

TEST(LevelModel, ProbabilitiesToBeTheBestAddUpAndFollowTheMeans) {
  const std::vector<LevelSample> samples = {
      {.level = LevelId{1}, .values = {{1, .80}, {2, .82}, {3, .81}}},
      {.level = LevelId{2}, .values = {{1, .79}, {2, .82}, {3, .80}}},
      {.level = LevelId{3}, .values = {{1, .60}, {2, .61}, {3, .63}}}};

  const auto most = probabilities_of_best(samples, {});
  const auto least = probabilities_of_best(samples, {.goal = Goal::minimize});

  EXPECT_NEAR(*most[0] + *most[1] + *most[2], 1, 1e-12);
  EXPECT_GT(*most[0], .5);
  EXPECT_LT(*most[2], .01);
  EXPECT_GT(*least[2], .99);
}

// Equal levels are equally likely; two levels' odds are those of Student's t.
TEST(LevelModel, ProbabilityOfEqualLevelsIsEqual) {
  std::vector<LevelSample> samples;
  for (std::int64_t id = 1; id <= 4; ++id) {
    samples.push_back({.level = LevelId{id}, .values = {{1, .1}, {2, .2}, {3, .3}}});
  }
  samples[0].values[0].value = .1 + 1e-9;
  for (const auto& probability : probabilities_of_best(samples, {.resolution = .01})) {
    EXPECT_NEAR(*probability, .25, 1e-4);
  }
}

TEST(LevelModel, BelowThreeRunsThereIsNoProbability) {
  const std::vector<LevelSample> samples = {{.level = LevelId{1}, .values = {{1, .8}, {2, .9}}},
                                            {.level = LevelId{2}, .values = {{1, .7}, {2, .6}}}};

  EXPECT_EQ(probabilities_of_best(samples, {})[0], std::nullopt);
  EXPECT_TRUE(mean_intervals(samples, {})[0].has_value());
}

// Grubbs's estimates of instruments 1-3 by hand: residual variances Q and their sum.
TEST(SeedsLeftOut, GivesGrubbsEstimateOrTheResidualWhereThatIsLarger) {
  const std::vector<LevelSample> samples = {
      {.level = LevelId{1}, .values = {{1, 1}, {2, 2}, {3, 3}}},
      {.level = LevelId{2}, .values = {{1, 1}, {2, 2}, {3, 3}}},
      {.level = LevelId{3}, .values = {{1, 4}, {2, 2}, {3, 6}}}};
  // Deviations (-1 0 1) twice and (0 -2 2); seeds' effects -2/3 -2/3 4/3; residuals (-1/3 2/3 -1/3)
  // twice and (2/3 -4/3 2/3): Q = 1/3, 1/3, 4/3, their sum times k / (k - 1): 3.
  const std::vector<double> variances = variances_without_seeds(samples);

  EXPECT_NEAR(variances[0], 1.0 / 3, 1e-12);  // Grubbs: (1/3 - 1/3) * 3 = 0
  EXPECT_NEAR(variances[2], 3, 1e-12);        // (4/3 - 1/3) * 3
}

}  // namespace
}  // namespace tarama::statistics
