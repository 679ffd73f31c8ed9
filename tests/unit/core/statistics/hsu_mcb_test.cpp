// Hsu's MCB against worked examples that were published, to their printed digits, and against
// numbers from numerical integration of the multivariate t with other code.
#include "core/statistics/comparison.hpp"
#include "core/statistics/dunnett.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tarama::statistics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<LevelSample> samples_of(const std::vector<std::vector<double>>& levels) {
  std::vector<LevelSample> samples;
  for (const std::vector<double>& values : levels) {
    LevelSample sample{.level = LevelId{static_cast<std::int64_t>(samples.size()) + 1},
                       .values = {}};
    for (const double value : values) {
      sample.values.push_back({static_cast<std::int64_t>(sample.values.size()) + 1, value});
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

struct Expected {
  double low;
  double high;
  double p;
};

void expect_bounds(const std::vector<ComparedLevel>& levels,
                   const std::vector<Expected>& expected,
                   double tolerance) {
  ASSERT_EQ(levels.size(), expected.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    EXPECT_NEAR(levels[i].difference->low, expected[i].low, tolerance) << "level " << i + 1;
    EXPECT_NEAR(levels[i].difference->high, expected[i].high, tolerance) << "level " << i + 1;
    EXPECT_NEAR(levels[i].p.value(), expected[i].p, 6e-6) << "level " << i + 1;
  }
}

std::vector<std::size_t> tied_in(const Comparison& comparison) {
  std::vector<std::size_t> tied;
  for (std::size_t i = 0; i < comparison.levels.size(); ++i) {
    if (comparison.levels[i].is_tied) {
      tied.push_back(i + 1);
    }
  }
  return tied;
}

const std::vector<std::vector<double>> water_filters = {{69, 122, 95},
                                                        {118, 154, 102},
                                                        {171, 132, 182},
                                                        {122, 119},
                                                        {204, 225, 190},
                                                        {140, 130, 127},
                                                        {170, 165}};

// Hsu 1984 in the sample library of SAS, macro MCB; unequal numbers of runs.
TEST(HsuMcb, GivesThePublishedBoundsOfTheWaterFilters) {
  const Comparison comparison =
      compare_with_best(samples_of(water_filters), {.method = ComparisonMethod::mcb});

  // What SAS prints; its quantile is iterated coarsely.
  const std::vector<std::pair<double, double>> printed = {{-153.94, 0},
                                                          {-124.61, 0},
                                                          {-87.608, 0},
                                                          {-133.84, 0},
                                                          {-7.950, 86.8428},
                                                          {-116.94, 0},
                                                          {-86.843, 7.9498}};
  for (std::size_t i = 0; i < printed.size(); ++i) {
    EXPECT_NEAR(comparison.levels[i].difference->low, printed[i].first, 5e-3);
    EXPECT_NEAR(comparison.levels[i].difference->high, printed[i].second, 1e-3);
  }
  expect_bounds(comparison.levels,
                {{-153.94161, 0, .00006},
                 {-124.60828, 0, .00087},
                 {-87.60828, 0, .04184},
                 {-133.84351, 0, .00130},
                 {-7.94993, 86.84351, .10065},
                 {-116.94161, 0, .00189},
                 {-86.84351, 7.94993, .10065}},
                1e-5);
  EXPECT_EQ(tied_in(comparison), (std::vector<std::size_t>{5, 7}));
}

// JMP's Big Class, weight by age; the conclusions are published, the digits are computed.
TEST(HsuMcb, HoldsForLevelsOfVeryUnequalNumbersOfRuns) {
  const std::vector<LevelSample> ages =
      samples_of({{95, 123, 74, 145, 64, 84, 128, 79},
                  {112, 107, 67, 98, 105, 95, 79},
                  {81, 91, 142, 84, 85, 93, 99, 119, 92, 112, 99, 113},
                  {92, 112, 128, 111, 105, 104, 106},
                  {112, 115, 128},
                  {116, 134, 172}});

  const Comparison largest = compare_with_best(ages, {.method = ComparisonMethod::mcb});
  const Comparison smallest =
      compare_with_best(ages, {.goal = Goal::minimize, .method = ComparisonMethod::mcb});

  expect_bounds(largest.levels,
                {{-71.83993, 0, .00907},
                 {-76.70782, 0, .00464},
                 {-68.60241, 0, .00929},
                 {-63.13639, 0, .04906},
                 {-58.72366, 14.05700, .22186},
                 {-14.05700, 58.72366, .22186}},
                1e-5);
  EXPECT_EQ(tied_in(largest), (std::vector<std::size_t>{5, 6}));
  EXPECT_EQ(tied_in(smallest), (std::vector<std::size_t>{1, 2, 3, 4, 5}));
  EXPECT_NEAR(smallest.levels[5].p.value(), .00385, 6e-6);
  EXPECT_NEAR(smallest.levels[0].p.value(), .72155, 6e-6);
}

// Box, Hunter and Hunter's penicillin yields: blends as blocks, four treatments.
TEST(HsuMcb, LeavesOutBlocksWhereEveryLevelHasThem) {
  const std::vector<LevelSample> yields = samples_of(
      {{89, 84, 81, 87, 79}, {88, 77, 87, 92, 81}, {97, 92, 87, 89, 80}, {94, 79, 85, 84, 88}});

  const Comparison blocked = compare_with_best(yields, {.method = ComparisonMethod::blocked_mcb});
  const Comparison unblocked = compare_with_best(yields, {.method = ComparisonMethod::mcb});

  const std::vector<std::pair<double, double>> expected = {
      {-11.27805, 1.27805}, {-10.27805, 2.27805}, {-3.27805, 9.27805}, {-9.27805, 3.27805}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(blocked.levels[i].difference->low, expected[i].first, 1e-5);
    EXPECT_NEAR(blocked.levels[i].difference->high, expected[i].second, 1e-5);
  }
  // Level 1 is 5 below the best: half the width is 7.794906 without blocks.
  EXPECT_NEAR(unblocked.levels[0].difference->high, 7.794906 - 5, 1e-5);
}

// One-sided Dunnett quantiles at .95 of equal numbers of runs, by other code's integration.
struct TabledQuantile {
  double df;
  std::vector<double> of_rivals;  // 1 2 3 4 5 7 9 11 15 23 47
};

class DunnettTable : public testing::TestWithParam<TabledQuantile> {};

TEST_P(DunnettTable, IsReproduced) {
  const std::vector<std::size_t> rivals = {1, 2, 3, 4, 5, 7, 9, 11, 15, 23, 47};
  for (std::size_t i = 0; i < rivals.size(); ++i) {
    const DunnettDesign design{.control_runs = 4,
                               .rival_runs = std::vector<std::int64_t>(rivals[i], 4),
                               .df = GetParam().df};
    EXPECT_NEAR(dunnett_exceeded_with(.05, design), GetParam().of_rivals[i], 5.1e-5)
        << rivals[i] << " rivals";
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         DunnettTable,
                         testing::Values(TabledQuantile{5,
                                                        {2.0150,
                                                         2.4404,
                                                         2.6814,
                                                         2.8484,
                                                         2.9756,
                                                         3.1630,
                                                         3.2997,
                                                         3.4067,
                                                         3.5686,
                                                         3.7847,
                                                         4.1288}},
                                         TabledQuantile{10,
                                                        {1.8125,
                                                         2.1506,
                                                         2.3376,
                                                         2.4656,
                                                         2.5623,
                                                         2.7041,
                                                         2.8069,
                                                         2.8871,
                                                         3.0081,
                                                         3.1691,
                                                         3.4245}},
                                         TabledQuantile{20,
                                                        {1.7247,
                                                         2.0273,
                                                         2.1923,
                                                         2.3044,
                                                         2.3888,
                                                         2.5119,
                                                         2.6007,
                                                         2.6700,
                                                         2.7740,
                                                         2.9119,
                                                         3.1299}},
                                         TabledQuantile{60,
                                                        {1.6706,
                                                         1.9520,
                                                         2.1039,
                                                         2.2066,
                                                         2.2836,
                                                         2.3954,
                                                         2.4760,
                                                         2.5385,
                                                         2.6323,
                                                         2.7562,
                                                         2.9513}},
                                         TabledQuantile{infinity,
                                                        {1.6449,
                                                         1.9163,
                                                         2.0621,
                                                         2.1603,
                                                         2.2338,
                                                         2.3404,
                                                         2.4170,
                                                         2.4764,
                                                         2.5653,
                                                         2.6826,
                                                         2.8667}}));

// Of the water filters: 12 degrees of freedom, controls of 3 and of 2 runs.
TEST(Dunnett, QuantileDependsOnTheControlsRuns) {
  EXPECT_NEAR(
      dunnett_exceeded_with(.05, {.control_runs = 3, .rival_runs = {3, 3, 2, 3, 3, 2}, .df = 12}),
      2.59358,
      1e-5);
  EXPECT_NEAR(
      dunnett_exceeded_with(.05, {.control_runs = 2, .rival_runs = {3, 3, 3, 3, 3, 2}, .df = 12}),
      2.52730,
      1e-5);
}

}  // namespace
}  // namespace tarama::statistics
