// Comparison with the best seed by seed, and where seeds are not shared; numbers by scipy.
#include "core/statistics/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <limits>
#include <vector>

namespace tarama::statistics {
namespace {

using testing::ElementsAre;

LevelSample sample(std::int64_t id, std::vector<double> values, std::int64_t first_seed = 1) {
  LevelSample sample{.level = LevelId{id}, .values = {}};
  for (const double value : values) {
    sample.values.push_back({first_seed++, value});
  }
  return sample;
}

std::vector<bool> tied_in(const Comparison& comparison) {
  std::vector<bool> tied;
  for (const ComparedLevel& level : comparison.levels) {
    tied.push_back(level.is_tied);
  }
  return tied;
}

// scipy.stats.t.ppf(1 - .05 / 2, 4) = 2.7764451; differences 1 - 2: mean .02, sd .0070711;
// 1 - 3: mean .1, sd .0223607; 2 - 3: mean .08, sd .0254951.
TEST(ComparisonWithTheBest, TakesDifferencesAtTheSameSeeds) {
  const std::vector<LevelSample> samples = {sample(1, {.80, .83, .85, .81, .86}),
                                            sample(2, {.79, .80, .83, .80, .83}),
                                            sample(3, {.72, .72, .72, .72, .77})};

  const Comparison comparison = compare_with_best(samples, {});

  EXPECT_TRUE(comparison.uses_pairs);
  EXPECT_THAT(tied_in(comparison), ElementsAre(true, false, false));
  const auto differences = [&](std::size_t left, std::size_t right) {
    double mean = 0;
    double squares = 0;
    for (int s = 0; s < 5; ++s) {
      mean += (samples[left].values[s].value - samples[right].values[s].value) / 5;
    }
    for (int s = 0; s < 5; ++s) {
      const double d = samples[left].values[s].value - samples[right].values[s].value - mean;
      squares += d * d / 4;
    }
    return std::pair{mean, 2.7764451051977987 * std::sqrt(squares / 5)};
  };
  const auto [d12, margin12] = differences(0, 1);
  const auto [d13, margin13] = differences(0, 2);
  EXPECT_NEAR(comparison.levels[0].difference->mean, d12, 1e-12);
  EXPECT_EQ(comparison.levels[0].difference->low, 0);
  EXPECT_NEAR(
      comparison.levels[0].difference->high, std::min(d12 + margin12, d13 + margin13), 1e-9);
  EXPECT_NEAR(comparison.levels[2].difference->low, -d13 - margin13, 1e-9);
  EXPECT_EQ(comparison.levels[2].difference->high, 0);
}

TEST(ComparisonWithTheBest, TurnsRoundWhereLessIsBetter) {
  const std::vector<LevelSample> samples = {sample(1, {.3, .31, .29}), sample(2, {.9, .91, .89})};

  const Comparison comparison = compare_with_best(samples, {.goal = Goal::minimize});

  EXPECT_THAT(tied_in(comparison), ElementsAre(true, false));
  EXPECT_NEAR(comparison.levels[0].difference->mean, -.6, 1e-12);
  EXPECT_LT(comparison.levels[0].difference->low, -.59);
  EXPECT_EQ(comparison.levels[0].difference->high, 0);
  EXPECT_NEAR(comparison.levels[1].difference->mean, .6, 1e-12);
  EXPECT_EQ(comparison.levels[1].difference->low, 0);
}

TEST(ComparisonWithTheBest, WithoutCommonSeedsEachLevelHasItsOwnSpread) {
  const std::vector<LevelSample> samples = {sample(1, {.8, .9, 1.0}),
                                            sample(2, {.5, .6, .7, .8}, 10)};

  const Comparison comparison = compare_with_best(samples, {});

  EXPECT_FALSE(comparison.uses_pairs);
  // scipy.stats.t.ppf(.95, 2) = 2.9199856; .25 +- 2.9199856 sqrt(.01/3 + .0166667/4)
  EXPECT_NEAR(
      comparison.levels[0].difference->high, .25 + 2.919985580353726 * std::sqrt(.0075), 1e-9);
  EXPECT_NEAR(
      comparison.levels[1].difference->high, -.25 + 2.919985580353726 * std::sqrt(.0075), 1e-9);
  EXPECT_THAT(tied_in(comparison), ElementsAre(true, true));
}

TEST(ComparisonWithTheBest, AMissingSeedLeavesTheOthersPaired) {
  LevelSample gap = sample(2, {.70, .72, .71, .73, .74});
  gap.values.erase(gap.values.begin() + 1);

  const Comparison comparison = compare_with_best({sample(1, {.80, .82, .81, .83, .84}), gap}, {});

  EXPECT_TRUE(comparison.uses_pairs);
  EXPECT_THAT(tied_in(comparison), ElementsAre(true, false));
}

TEST(ComparisonWithTheBest, OneRunALevelTellsNothingApart) {
  const Comparison comparison = compare_with_best({sample(1, {.9}), sample(2, {.1})}, {});

  EXPECT_THAT(tied_in(comparison), ElementsAre(true, true));
  EXPECT_EQ(comparison.levels[0].difference, std::nullopt);
}

TEST(ComparisonWithTheBest, ALevelWithOneRunIsNotComparedWithOthersThatHaveMore) {
  const Comparison comparison = compare_with_best(
      {sample(1, {.80, .82, .81}), sample(2, {.99}), sample(3, {.70, .72, .71})}, {});

  EXPECT_THAT(tied_in(comparison), ElementsAre(true, false, false));
  EXPECT_EQ(comparison.levels[1].difference, std::nullopt);
}

TEST(ComparisonWithTheBest, RunsThatAgreeToTheLastExampleAreAsSureAsTheMetricsResolution) {
  const std::vector<LevelSample> samples = {
      sample(1, {.801, .801, .801}), sample(2, {.800, .800, .800}), sample(3, {.700, .700, .700})};

  const Comparison comparison = compare_with_best(samples, {.resolution = .001});

  EXPECT_THAT(tied_in(comparison), ElementsAre(true, true, false));
}

TEST(ComparisonWithTheBest, ASingleLevelIsTiedWithItself) {
  const Comparison comparison = compare_with_best({sample(1, {.8, .9})}, {});

  EXPECT_THAT(tied_in(comparison), ElementsAre(true));
  EXPECT_EQ(comparison.levels[0].difference, std::nullopt);
}

TEST(ComparisonMethods, HaveNames) {
  for (const auto method : {ComparisonMethod::paired,
                            ComparisonMethod::separate,
                            ComparisonMethod::mcb,
                            ComparisonMethod::blocked_mcb}) {
    EXPECT_EQ(comparison_method_named(name_of(method)), method);
  }
  EXPECT_EQ(comparison_method_named("anova"), std::nullopt);
}

}  // namespace
}  // namespace tarama::statistics
