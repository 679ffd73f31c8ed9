// When a run is given up by what it has reported.
#include "core/search/stop_rules.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <map>

namespace tarama {
namespace {

using testing::HasSubstr;

StopRule above(double bound, std::int64_t after = 0) {
  StopRule rule;
  rule.metric = "eval.loss";
  rule.above = bound;
  rule.after = after;
  return rule;
}

StopRule patience(std::int64_t values, Goal goal = Goal::maximize) {
  StopRule rule;
  rule.metric = "eval.mcc";
  rule.no_improvement = values;
  rule.goal = goal;
  return rule;
}

/// At steps 10, 20, ...
std::vector<MetricPoint> values(const std::vector<double>& numbers) {
  std::vector<MetricPoint> points;
  for (const double number : numbers) {
    points.push_back({static_cast<std::int64_t>(points.size() + 1) * 10, number});
  }
  return points;
}

/// The step at which the rule holds; 0: it never does.
std::int64_t step_of(const StopRule& rule, const std::vector<double>& numbers) {
  const auto verdict = first_breach(rule, values(numbers));
  return verdict ? verdict->step : 0;
}

TEST(StopRules, ABoundHoldsAtTheFirstValueBeyondIt) {
  EXPECT_EQ(step_of(above(10), {1, 10, 10.5, 3, 12}), 30);
  EXPECT_EQ(step_of(above(10), {1, 10}), 0);

  StopRule below = above(10);
  below.above.reset();
  below.below = 0.5;
  EXPECT_EQ(step_of(below, {0.5, 0.4}), 20);
}

TEST(StopRules, EarlierStepsDoNotCount) {
  EXPECT_EQ(step_of(above(10, 20), {50, 9, 50}), 30);
  EXPECT_EQ(step_of(above(10, 20), {1, 50}), 20);
}

TEST(StopRules, WhatIsNoNumberIsBeyondEveryBoundAndImprovesOnNothing) {
  EXPECT_EQ(step_of(above(10), {1, NAN}), 20);
  EXPECT_EQ(step_of(patience(2), {0.5, NAN, NAN, 0.9}), 30);
  EXPECT_EQ(step_of(patience(2), {NAN, NAN}), 20);
}

TEST(StopRules, StandingStillIsSoManyValuesInARowWithoutANewBest) {
  EXPECT_EQ(step_of(patience(3), {0.1, 0.2, 0.2, 0.1, 0.3, 0.3, 0.2, 0.25}), 80);
  EXPECT_EQ(step_of(patience(3), {0.1, 0.2, 0.2, 0.1, 0.3}), 0);
  EXPECT_EQ(step_of(patience(2, Goal::minimize), {0.3, 0.2, 0.25, 0.2}), 40);
}

TEST(StopRules, TheReasonNamesRuleValueAndStep) {
  EXPECT_EQ(first_breach(above(10), values({12.5}))->reason,
            "stop_when: eval.loss was 12.5 at step 10, above 10");
  EXPECT_EQ(first_breach(patience(1), values({0.5, 0.25}))->reason,
            "stop_when: eval.mcc has not improved in 1 values since 0.5 at step 10");
}

TEST(StopRules, OfSeveralRulesTheOneThatHeldFirstIsTheReason) {
  std::map<std::string, std::vector<MetricPoint>> reported = {{"eval.loss", values({1, 2, 11})},
                                                              {"eval.mcc", values({0.5, 0.4})}};

  const auto verdict = stop_verdict({above(10), patience(1)},
                                    std::nullopt,
                                    [&](const std::string& metric) { return reported[metric]; });

  EXPECT_EQ(verdict->step, 20);
  EXPECT_THAT(verdict->reason, HasSubstr("eval.mcc"));
}

TEST(StopRules, ARunThatIsCompleteIsNotGivenUpForItsLastValue) {
  const auto all = [](const std::string& /*metric*/) { return values({1, 11}); };

  EXPECT_EQ(stop_verdict({above(10)}, 20, all), std::nullopt);
  EXPECT_TRUE(stop_verdict({above(10)}, 30, all).has_value());
  EXPECT_TRUE(stop_verdict({above(10)}, std::nullopt, all).has_value());
}

TEST(StopRules, AreSaidInWords) {
  EXPECT_EQ(words_of(above(10, 100)), "eval.loss above 10, from step 100 on");
  EXPECT_EQ(words_of(patience(3)), "eval.mcc: no improvement in 3 values");
}

}  // namespace
}  // namespace tarama
