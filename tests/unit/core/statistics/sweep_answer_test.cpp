// The choice: which level is best, what a diverged replicate counts as, and which tied one is
// cheapest.
#include "core/statistics/sweep_answer.hpp"

#include "core/statistics/distributions.hpp"
#include "core/statistics/grid_edge.hpp"
#include "core/statistics/metric_scale.hpp"
#include "core/statistics/winner_honest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <vector>

namespace tarama::statistics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LevelEvidence evidence(std::int64_t id, std::vector<double> values, std::int64_t steps = 100) {
  LevelOutcome outcome{.level = LevelId{id}, .values = std::move(values)};
  outcome.planned = static_cast<std::int64_t>(outcome.values.size());
  outcome.steps_per_run = steps;
  for (std::int64_t seed = 1; seed <= outcome.planned; ++seed) {
    outcome.seeds.push_back(seed);
  }
  return {.outcome = std::move(outcome), .flops_per_run = {}};
}

/// One more replicate, which diverged.
LevelEvidence with_divergence(LevelEvidence level) {
  ++level.outcome.planned;
  ++level.outcome.failed;
  ++level.outcome.diverged;
  level.outcome.diverged_seeds.push_back(level.outcome.planned);
  return level;
}

AnswerRules guessing(double guess) {
  return {.comparison = {}, .constant_guess = guess};
}

TEST(SweepAnswer, RanksByTheMeanAndTakesTheCheapestOfTheTied) {
  const SweepAnswer answer = answer_of({evidence(1, {.70, .71, .72}, 50),
                                        evidence(2, {.80, .83, .82}, 200),
                                        evidence(3, {.81, .82, .80}, 100)},
                                       {});

  EXPECT_THAT(answer.ranking, ElementsAre(1, 2, 0));
  EXPECT_EQ(answer.best, 1U);
  EXPECT_THAT(answer.tied, ElementsAre(1, 2));
  EXPECT_EQ(answer.cheapest_tied, 2U);
  EXPECT_EQ(answer.certainty, Certainty::compared);
  EXPECT_THAT(levels_behind(answer), ElementsAre(LevelId{1}));
}

TEST(SweepAnswer, ALevelThatIsTiedForWantOfRunsIsNoAdvice) {
  LevelEvidence cheap = evidence(1, {.40, .60}, 10);
  cheap.outcome.planned = 3;
  cheap.outcome.failed = 1;

  const SweepAnswer answer =
      answer_of({cheap, evidence(2, {.80, .83, .82}, 200), evidence(3, {.81, .82, .80}, 100)}, {});

  EXPECT_THAT(answer.tied, ElementsAre(1, 2, 0));
  EXPECT_EQ(answer.cheapest_tied, 2U);
}

TEST(SweepAnswer, OfMeansAloneHasTheSameScoresErrorsAndRanking) {
  const std::vector<LevelEvidence> levels = {
      evidence(1, {.70, .71, .72}), evidence(2, {.80, .83, .82}), evidence(3, {.81, .82, .80})};
  const SweepAnswer whole = answer_of(levels, {});

  const SweepAnswer means = answer_of(levels, {.comparison = {}, .depth = AnswerDepth::means});

  EXPECT_EQ(means.ranking, whole.ranking);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    EXPECT_EQ(means.levels[i].score, whole.levels[i].score);
    EXPECT_EQ(means.levels[i].squared_error, whole.levels[i].squared_error);
    EXPECT_EQ(means.levels[i].p_best, std::nullopt);
  }
}

TEST(SweepAnswer, FlopsSayWhatALevelCostsWhereTheyAreKnown) {
  LevelEvidence few_long_steps = evidence(1, {.80, .83, .82}, 50);
  few_long_steps.flops_per_run = 4e9;
  LevelEvidence many_short_ones = evidence(2, {.81, .82, .80}, 100);
  many_short_ones.flops_per_run = 1e9;

  EXPECT_EQ(answer_of({few_long_steps, many_short_ones}, {}).cheapest_tied, 1U);
}

/// Of a program: what its runs took is all that is known of their cost.
LevelEvidence timed(std::int64_t id, std::vector<double> values, double seconds) {
  LevelEvidence level = evidence(id, std::move(values), 0);
  level.seconds_per_run = seconds;
  return level;
}

TEST(SweepAnswer, ATimeThatWasMeasuredChoosesNoLevelByLessThanATenthAndASecond) {
  const auto cheapest = [](double best, double other) {
    return answer_of({timed(1, {.80, .83, .82}, best), timed(2, {.81, .82, .80}, other)}, {})
        .cheapest_tied;
  };

  EXPECT_EQ(cheapest(60, 50), 1U);
  EXPECT_EQ(cheapest(60, 55), 0U);        // not by a tenth
  EXPECT_EQ(cheapest(0.030, 0.012), 0U);  // the start of a process, on a busy machine
  EXPECT_EQ(cheapest(2.5, 1.6), 0U);
  EXPECT_EQ(cheapest(2.5, 1.4), 1U);
  EXPECT_EQ(cheapest(60, 0), 0U);  // not known
}

TEST(SweepAnswer, OfTiedLevelsThatTakeAboutTheSameTimeTheBetterIsChosen) {
  EXPECT_EQ(answer_of({timed(1, {.80, .83, .82}, 60),
                       timed(2, {.81, .82, .80}, 30.1),
                       timed(3, {.82, .80, .80}, 30)},
                      {})
                .cheapest_tied,
            1U);
}

TEST(SweepAnswer, ADivergedReplicateCountsAsTheConstantGuess) {
  const SweepAnswer answer = answer_of(
      {with_divergence(evidence(1, {.9, .9, .9, .9})), evidence(2, {.85, .85, .86, .85, .84})},
      guessing(.5));

  EXPECT_NEAR(answer.levels[0].score.value(), .82, 1e-12);
  EXPECT_DOUBLE_EQ(answer.levels[0].summary.mean.value(), .9);
  EXPECT_EQ(answer.best, 1U);
  const DivergenceRate rate = answer.levels[0].divergence.value();
  EXPECT_EQ(rate.diverged, 1);
  EXPECT_EQ(rate.of, 5);
  EXPECT_NEAR(rate.rate_at_most, 0.65740831, 1e-7);  // scipy.stats.beta.ppf(.95, 2, 4)
  EXPECT_EQ(answer.levels[1].divergence, std::nullopt);
}

TEST(SweepAnswer, ALevelThatAlwaysDivergesIsComparedAllTheSame) {
  LevelEvidence lost = evidence(1, {});
  for (int i = 0; i < 3; ++i) {
    lost = with_divergence(lost);
  }

  const SweepAnswer answer = answer_of({lost, evidence(2, {.80, .81, .82})},
                                       {.comparison = {.resolution = .001}, .constant_guess = .5});

  EXPECT_EQ(answer.levels[0].score, .5);
  EXPECT_FALSE(answer.levels[0].compared.is_tied);
  EXPECT_THAT(answer.ranking, ElementsAre(1, 0));
}

TEST(SweepAnswer, ALevelWithFewOfItsReplicatesIsRankedBehindTheOthers) {
  LevelEvidence thin = evidence(1, {.99, .98});
  thin.outcome.planned = 5;
  thin.outcome.failed = 3;

  const SweepAnswer answer = answer_of({thin, evidence(2, {.5, .6, .55, .6, .5})}, {});

  EXPECT_EQ(answer.best, 1U);
  EXPECT_TRUE(answer.levels[0].is_thin);
}

TEST(SweepAnswer, ASingleRunIsRankedBehindLevelsThatHaveMore) {
  const SweepAnswer answer = answer_of({evidence(1, {.99}),
                                        evidence(2, {.83, .82, .84}),
                                        evidence(3, {.81}),
                                        evidence(4, {.82, .84, .83})},
                                       {});

  EXPECT_THAT(answer.ranking, ElementsAre(1, 3, 0, 2));
  EXPECT_EQ(answer.best, 1U);
  EXPECT_THAT(answer.tied, ElementsAre(1, 3));
  EXPECT_TRUE(answer.levels[0].is_single);
  EXPECT_FALSE(answer.levels[1].is_single);
}

TEST(SweepAnswer, AmongSingleRunsAloneTheHighestIsTheBest) {
  EXPECT_EQ(answer_of({evidence(1, {.8}), evidence(2, {.9})}, {}).best, 1U);
  EXPECT_EQ(answer_of({evidence(1, {.8})}, {}).best, 0U);
}

TEST(SweepAnswer, WithOneRunALevelAllAreTiedAndTheBestIsNotTradedForACheaperOne) {
  const SweepAnswer answer = answer_of({evidence(1, {.5}, 10), evidence(2, {.9}, 1000)}, {});

  EXPECT_EQ(answer.certainty, Certainty::one_replicate);
  EXPECT_THAT(answer.tied, ElementsAre(1, 0));
  EXPECT_EQ(answer.cheapest_tied, 1U);
  EXPECT_THAT(levels_behind(answer), IsEmpty());
}

TEST(SweepAnswer, OfNothingIsNothing) {
  EXPECT_EQ(answer_of({}, {}).best, std::nullopt);
  const SweepAnswer answer = answer_of({evidence(1, {}), evidence(2, {})}, {});
  EXPECT_EQ(answer.best, std::nullopt);
  EXPECT_EQ(answer.certainty, Certainty::nothing);
  EXPECT_THAT(answer.ranking, ElementsAre(0, 1));
}

// Without seed 1 level 1 is chosen (.7 + .6 over .6 + .6), whose seed 1 has .2; without seed 2
// level 2 (.9 + .6), whose seed 2 has .6; without seed 3 level 2 (1.5), whose seed 3 has .6.
TEST(WinnerOnANewSeed, IsChosenByTheOtherSeeds) {
  const LevelSample first{.level = LevelId{1}, .values = {{1, .2}, {2, .7}, {3, .6}}};
  const LevelSample second{.level = LevelId{2}, .values = {{1, .9}, {2, .6}, {3, .6}}};

  EXPECT_NEAR(
      winner_on_a_new_seed({first, second}, Goal::maximize).value(), (.2 + .6 + .6) / 3, 1e-12);
  EXPECT_EQ(winner_on_a_new_seed({{.level = LevelId{1}, .values = {{1, .2}}}}, Goal::maximize),
            std::nullopt);
}

TEST(GridEdges, AreTheLowestAndHighestValuesTried) {
  const std::vector<NumericParameters> levels = {{{"lr", 1e-5}, {"warmup", 0}, {"epochs", 3}},
                                                 {{"lr", 2e-5}, {"warmup", .1}, {"epochs", 3}},
                                                 {{"lr", 5e-5}, {"warmup", .2}, {"epochs", 3}}};

  EXPECT_THAT(edges_of(levels[0], levels), ElementsAre(GridEdge{"lr", EdgeSide::low, 1e-5}));
  EXPECT_THAT(edges_of(levels[1], levels), IsEmpty());
  EXPECT_THAT(
      edges_of(levels[2], levels),
      ElementsAre(GridEdge{"lr", EdgeSide::high, 5e-5}, GridEdge{"warmup", EdgeSide::high, .2}));
}

TEST(MetricScale, KnowsTheSmallestStepAndTheGuess) {
  EXPECT_DOUBLE_EQ(metric_resolution(MetricName::flat_accuracy, 1000), .001);
  EXPECT_DOUBLE_EQ(metric_resolution(MetricName::loss, 1000), 1e-6);
  EXPECT_EQ(constant_guess(MetricName::flat_accuracy, .7, 2), .7);
  EXPECT_EQ(constant_guess(MetricName::flat_accuracy, std::nullopt, 2), std::nullopt);
  EXPECT_EQ(constant_guess(MetricName::mcc, .7, 2), 0.0);
  EXPECT_DOUBLE_EQ(constant_guess(MetricName::loss, .7, 2).value(), std::log(2.0));
  // The F1 of the majority is 2 * .7 / 1.7, that of the other class 0.
  EXPECT_DOUBLE_EQ(constant_guess(MetricName::macro_f1, .7, 2).value(), .7 / 1.7);
  EXPECT_DOUBLE_EQ(evaluation_error(MetricName::flat_accuracy, .8, 100).value(), .04);
}

// scipy.stats: t.isf, beta.ppf
TEST(Distributions, AgreeWithOtherCode) {
  EXPECT_NEAR(t_exceeded_with(.05 / 11, 4), 4.731963324, 1e-8);
  EXPECT_NEAR(t_tail(2, 5), 0.05096974, 1e-8);
  EXPECT_NEAR(rate_at_most(0, 10, .95), 0.25886555, 1e-8);
  EXPECT_EQ(rate_at_most(3, 3, .95), 1);
}

}  // namespace
}  // namespace tarama::statistics
