// What replicates say together, against numbers worked out by hand.
#include "core/statistics/level_summary.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tarama {
namespace {

LevelOutcome outcome(std::int64_t id, std::vector<double> values) {
  LevelOutcome outcome;
  outcome.level = LevelId{id};
  outcome.planned = static_cast<std::int64_t>(values.size());
  outcome.values = std::move(values);
  outcome.steps_per_run = 100;
  return outcome;
}

// With 2 degrees of freedom Student's quantile is (2p - 1) / sqrt(2p (1 - p)): 4.302653 at .975.
TEST(LevelSummary, GivesMeanSpreadAndInterval) {
  const LevelSummary summary = summarize(outcome(1, {0.70, 0.72, 0.77}));

  EXPECT_DOUBLE_EQ(summary.mean.value(), 0.73);
  EXPECT_NEAR(summary.sd.value(), 0.0360555127546399, 1e-15);
  EXPECT_EQ(summary.minimum, 0.70);
  EXPECT_EQ(summary.maximum, 0.77);
  EXPECT_NEAR(summary.ci95.value().first, 0.6404331410497041, 1e-10);
  EXPECT_NEAR(summary.ci95.value().second, 0.8195668589502959, 1e-10);
  EXPECT_EQ(summary.replicates, 3);
  EXPECT_TRUE(summary.is_complete());
}

TEST(LevelSummary, OfOneValueHasNoInterval) {
  const LevelSummary summary = summarize(outcome(1, {0.5}));

  EXPECT_EQ(summary.mean, 0.5);
  EXPECT_EQ(summary.sd, std::nullopt);
  EXPECT_EQ(summary.ci95, std::nullopt);
}

TEST(LevelSummary, OfNothingHasNoNumbers) {
  LevelSummary expected;
  expected.level = LevelId{1};
  expected.steps_per_run = 100;

  EXPECT_EQ(summarize(outcome(1, {})), expected);
}

TEST(LevelSummary, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();

  const LevelSummary summary = summarize(outcome(1, {0.5, nan}));

  EXPECT_EQ(summary.mean, 0.5);
  EXPECT_FALSE(summary.is_complete());
}

}  // namespace
}  // namespace tarama
