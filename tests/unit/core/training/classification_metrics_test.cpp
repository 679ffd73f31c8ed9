// Expected values are the measures' definitions, worked out by hand.
#include "core/training/classification_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace tarama {
namespace {

ConfusionMatrix matrix_of(const std::vector<std::vector<std::int64_t>>& counts) {
  ConfusionMatrix matrix(static_cast<std::int64_t>(counts.size()));
  for (std::size_t label = 0; label < counts.size(); ++label) {
    for (std::size_t predicted = 0; predicted < counts.size(); ++predicted) {
      for (std::int64_t times = 0; times < counts[label][predicted]; ++times) {
        matrix.add(static_cast<std::int64_t>(label), static_cast<std::int64_t>(predicted));
      }
    }
  }
  return matrix;
}

TEST(ClassificationMetrics, OfTwoClassesAreTheUsualOnes) {
  const ClassificationMetrics metrics = metrics_of(matrix_of({{90, 10}, {5, 15}}));

  EXPECT_DOUBLE_EQ(metrics.flat_accuracy, 105.0 / 120);
  // (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN))
  EXPECT_DOUBLE_EQ(metrics.mcc, (15.0 * 90 - 10 * 5) / std::sqrt(25.0 * 20 * 100 * 95));
  EXPECT_DOUBLE_EQ(metrics.macro_f1, (2 * 90.0 / 195 + 2 * 15.0 / 45) / 2);
  EXPECT_DOUBLE_EQ(metrics.majority_accuracy, 100.0 / 120);
}

TEST(ClassificationMetrics, OfThreeClassesUseTheMultiClassForm) {
  const ClassificationMetrics metrics = metrics_of(matrix_of({{3, 1, 0}, {0, 2, 2}, {1, 0, 3}}));

  // c s = 8 * 12, p.t = 4*4 + 3*4 + 5*4 = 48, s^2 - p.p = 144 - 50, s^2 - t.t = 144 - 48
  EXPECT_DOUBLE_EQ(metrics.mcc, (96.0 - 48) / std::sqrt(94.0 * 96.0));
  EXPECT_DOUBLE_EQ(metrics.flat_accuracy, 8.0 / 12);
}

TEST(ClassificationMetrics, CorrelationIsZeroWhereAllPredictionsAreOneClass) {
  const ClassificationMetrics metrics = metrics_of(matrix_of({{7, 0}, {3, 0}}));

  EXPECT_EQ(metrics.mcc, 0.0);
  EXPECT_DOUBLE_EQ(metrics.macro_f1, (2 * 7.0 / 17 + 0) / 2);
}

TEST(ClassificationMetrics, APerfectMatrixIsOneThroughout) {
  EXPECT_EQ(metrics_of(matrix_of({{5, 0}, {0, 5}})), (ClassificationMetrics{1, 1, 1, 0.5}));
}

TEST(ClassificationMetrics, OfNothingAreZero) {
  EXPECT_EQ(metrics_of(ConfusionMatrix(2)), ClassificationMetrics{});
}

TEST(ClassificationMetrics, ArgmaxTakesTheFirstOfEqualsAndNoNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();

  EXPECT_EQ(argmax(std::vector{1.0F, 2.0F, 2.0F}), 1);
  EXPECT_EQ(argmax(std::vector{nan, -5.0F, -6.0F}), 1);
}

TEST(ClassificationMetrics, FlatAccuracyIsTheShareOfRowsWhoseArgmaxIsTheLabel) {
  const std::vector<float> logits = {0.1F, 0.9F, 0.8F, 0.2F, 0.3F, 0.7F, 0.6F, 0.4F};
  const std::vector<std::int32_t> labels = {1, 0, 0, 0};

  EXPECT_DOUBLE_EQ(flat_accuracy(likeliest_classes(logits, 2), labels), 0.75);
}

}  // namespace
}  // namespace tarama
