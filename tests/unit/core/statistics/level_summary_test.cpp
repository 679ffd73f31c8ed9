// What replicates say together, against numbers worked out by hand.
#include "core/statistics/level_summary.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <limits>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

LevelOutcome outcome(std::int64_t id, std::vector<double> values) {
  LevelOutcome outcome;
  outcome.level = LevelId{id};
  outcome.planned = static_cast<std::int64_t>(values.size());
  outcome.values = std::move(values);
  outcome.steps_per_run = 100;
  return outcome;
}

std::vector<std::int64_t> ranked(std::vector<LevelOutcome> outcomes, Goal goal) {
  std::vector<LevelSummary> summaries;
  for (const LevelOutcome& each : outcomes) {
    summaries.push_back(summarize(each));
  }
  std::vector<std::int64_t> ids;
  for (const LevelSummary& summary : rank_levels(summaries, goal)) {
    ids.push_back(summary.level.value);
  }
  return ids;
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

TEST(RankLevels, GoesByTheMeanTowardsTheGoal) {
  const std::vector<LevelOutcome> outcomes = {
      outcome(1, {0.1}), outcome(2, {0.3}), outcome(3, {0.2})};

  EXPECT_THAT(ranked(outcomes, Goal::maximize), ElementsAre(2, 3, 1));
  EXPECT_THAT(ranked(outcomes, Goal::minimize), ElementsAre(1, 3, 2));
}

TEST(RankLevels, PutsALevelWithAFailedReplicateBelowCompleteOnes) {
  LevelOutcome one_diverged = outcome(1, {0.9});
  one_diverged.planned = 2;
  one_diverged.failed = one_diverged.diverged = 1;

  EXPECT_THAT(ranked({one_diverged, outcome(2, {0.5}), outcome(3, {})}, Goal::maximize),
              ElementsAre(2, 1, 3));
}

TEST(RankLevels, BreaksTiesByFewerStepsThenById) {
  LevelOutcome long_one = outcome(1, {0.5});
  long_one.steps_per_run = 200;

  EXPECT_THAT(ranked({outcome(3, {0.5}), long_one, outcome(2, {0.5})}, Goal::maximize),
              ElementsAre(2, 3, 1));
}

TEST(BestLevel, IsTheFirstRankedIfItHasAMean) {
  const std::vector<LevelSummary> levels = {summarize(outcome(1, {0.1})),
                                            summarize(outcome(2, {0.3}))};

  EXPECT_EQ(best_level(levels, Goal::maximize), levels[1]);
  EXPECT_EQ(best_level({summarize(outcome(1, {}))}, Goal::maximize), std::nullopt);
  EXPECT_EQ(best_level({}, Goal::maximize), std::nullopt);
}

}  // namespace
}  // namespace tarama
