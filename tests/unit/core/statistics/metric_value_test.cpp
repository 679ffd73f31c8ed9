// Which number, and which epoch, stand for a run.
#include "core/statistics/metric_value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace tarama {
namespace {

constexpr Metric best_loss{MetricName::loss, Goal::minimize, Take::best};

std::vector<EvalRow> with_losses(const std::vector<double>& losses) {
  std::vector<EvalRow> evals;
  for (const double loss : losses) {
    evals.push_back(
        {.epoch = static_cast<std::int64_t>(evals.size()) + 1, .split = Split::eval, .loss = loss});
  }
  // Never to rank by.
  evals.push_back({.epoch = 9, .split = Split::test, .loss = 0});
  return evals;
}

std::int64_t epoch_of(const std::vector<double>& losses, const Metric& metric) {
  return chosen_eval(with_losses(losses), metric)->epoch;
}

TEST(ChosenEval, ThereIsNoneWithoutEvaluations) {
  EXPECT_EQ(chosen_eval(with_losses({}), {}), nullptr);
}

TEST(ChosenEval, LastTakesTheLastWhateverItIs) {
  EXPECT_EQ(epoch_of({0.1, 0.2, std::nan("")}, {MetricName::loss, Goal::minimize, Take::last}), 3);
}

TEST(ChosenEval, BestGoesByTheGoal) {
  EXPECT_EQ(epoch_of({0.3, 0.1, 0.2}, best_loss), 2);
  EXPECT_EQ(epoch_of({0.3, 0.1, 0.2}, {MetricName::loss, Goal::maximize, Take::best}), 1);
}

TEST(ChosenEval, OfEqualOnesTheEarliestIsBest) {
  EXPECT_EQ(epoch_of({0.2, 0.1, 0.1}, best_loss), 2);
}

TEST(ChosenEval, NaNIsNeverBest) {
  EXPECT_EQ(epoch_of({0.5, std::nan(""), 0.7, std::nan("")}, best_loss), 1);
  EXPECT_EQ(epoch_of({std::nan(""), 0.7}, best_loss), 2);
}

TEST(MetricValue, EveryMetricHasItsOwn) {
  const EvalRow row{.loss = 1, .flat_accuracy = 2, .mcc = 3, .macro_f1 = 4};

  EXPECT_EQ(value_of(row, MetricName::loss), 1);
  EXPECT_EQ(value_of(row, MetricName::flat_accuracy), 2);
  EXPECT_EQ(value_of(row, MetricName::mcc), 3);
  EXPECT_EQ(value_of(row, MetricName::macro_f1), 4);
}

}  // namespace
}  // namespace tarama
