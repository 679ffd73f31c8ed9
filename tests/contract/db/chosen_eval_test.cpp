// Which epoch stands for a run.
#include "db/chosen_eval.hpp"

#include "core/statistics/metric_value.hpp"
#include "tests/contract/db/store_fixtures.hpp"

#include <cmath>

namespace tarama::db::test {
namespace {

constexpr Metric best_loss{MetricName::loss, Goal::minimize, Take::best};

std::vector<EvalRow> with_losses(const std::vector<double>& losses) {
  std::vector<EvalRow> evals;
  for (const double loss : losses) {
    evals.push_back(sample_eval(static_cast<std::int64_t>(evals.size()) + 1));
    evals.back().loss = loss;
  }
  return evals;
}

std::int64_t epoch_of(const std::vector<double>& losses, const Metric& metric) {
  return chosen_eval(with_losses(losses), metric)->epoch;
}

TEST(ChosenEval, ThereIsNoneWithoutEvaluations) {
  EXPECT_EQ(chosen_eval({}, {}), std::nullopt);
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
}

TEST(ChosenEval, EveryMetricHasItsValue) {
  const EvalRow row = sample_eval(1, 0.5);
  EXPECT_EQ(value_of(row, MetricName::flat_accuracy), 0.5);
  EXPECT_EQ(value_of(row, MetricName::loss), 0.5);
  EXPECT_EQ(value_of(row, MetricName::mcc), 0.25);
  EXPECT_EQ(value_of(row, MetricName::macro_f1), 0.125);
}

}  // namespace
}  // namespace tarama::db::test
