// Metrics from the counts of a confusion matrix; whole numbers as long as possible.
#include "core/training/classification_metrics.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarama {

namespace {

/// Row and column sums: how often each class is the label, and is predicted.
struct Margins {
  std::vector<double> labels;
  std::vector<double> predictions;
  double correct = 0;
  double total = 0;
};

Margins margins_of(const ConfusionMatrix& matrix) {
  const auto classes = static_cast<std::size_t>(matrix.classes());
  Margins margins{std::vector<double>(classes), std::vector<double>(classes)};
  for (std::int64_t label = 0; label < matrix.classes(); ++label) {
    for (std::int64_t predicted = 0; predicted < matrix.classes(); ++predicted) {
      const auto count = static_cast<double>(matrix.count(label, predicted));
      margins.labels[static_cast<std::size_t>(label)] += count;
      margins.predictions[static_cast<std::size_t>(predicted)] += count;
      margins.correct += label == predicted ? count : 0.0;
      margins.total += count;
    }
  }
  return margins;
}

double dot(const std::vector<double>& left, const std::vector<double>& right) {
  return std::inner_product(left.begin(), left.end(), right.begin(), 0.0);
}

/// R_K = (c s - p.t) / sqrt((s^2 - p.p) (s^2 - t.t)), with s all, c correct, p predictions and t
/// labels per class. Undefined (0) where all labels, or all predictions, are of one class.
double matthews_correlation(const Margins& margins) {
  const double square = margins.total * margins.total;
  const double covariance =
      margins.correct * margins.total - dot(margins.predictions, margins.labels);
  const double predicted_variance = square - dot(margins.predictions, margins.predictions);
  const double label_variance = square - dot(margins.labels, margins.labels);
  if (predicted_variance <= 0 || label_variance <= 0) {
    return 0;
  }
  // One root of the product, so that a perfect matrix gives exactly 1.
  return covariance / std::sqrt(predicted_variance * label_variance);
}

double macro_f1(const ConfusionMatrix& matrix, const Margins& margins) {
  double sum = 0;
  for (std::int64_t label = 0; label < matrix.classes(); ++label) {
    const auto index = static_cast<std::size_t>(label);
    const double either = margins.labels[index] + margins.predictions[index];
    sum += either > 0 ? 2.0 * static_cast<double>(matrix.count(label, label)) / either : 0.0;
  }
  return sum / static_cast<double>(matrix.classes());
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t classes)
    : classes_(classes), counts_(static_cast<std::size_t>(classes * classes), 0) {
  TARAMA_ASSERT(classes >= 1, "prepared data has at least two classes");
}

void ConfusionMatrix::add(std::int64_t label, std::int64_t predicted) {
  TARAMA_ASSERT(label >= 0 && label < classes_, "labels are indices into the classes");
  TARAMA_ASSERT(predicted >= 0 && predicted < classes_, "an argmax over the classes");
  ++counts_[static_cast<std::size_t>(label * classes_ + predicted)];
}

std::int64_t ConfusionMatrix::count(std::int64_t label, std::int64_t predicted) const {
  return counts_[static_cast<std::size_t>(label * classes_ + predicted)];
}

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

ClassificationMetrics metrics_of(const ConfusionMatrix& matrix) {
  const Margins margins = margins_of(matrix);
  if (margins.total == 0) {
    return {};
  }
  return {margins.correct / margins.total,
          matthews_correlation(margins),
          macro_f1(matrix, margins),
          *std::ranges::max_element(margins.labels) / margins.total};
}

std::int64_t argmax(std::span<const float> scores) {
  std::size_t best = 0;
  for (std::size_t index = 1; index < scores.size(); ++index) {
    if (scores[index] > scores[best] || (std::isnan(scores[best]) && !std::isnan(scores[index]))) {
      best = index;
    }
  }
  return static_cast<std::int64_t>(best);
}

std::vector<std::int32_t> likeliest_classes(std::span<const float> logits, std::int64_t classes) {
  const auto width = static_cast<std::size_t>(classes);
  TARAMA_ASSERT(logits.size() % width == 0, "whole rows of scores");
  std::vector<std::int32_t> likeliest;
  likeliest.reserve(logits.size() / width);
  for (std::size_t first = 0; first < logits.size(); first += width) {
    likeliest.push_back(static_cast<std::int32_t>(argmax(logits.subspan(first, width))));
  }
  return likeliest;
}

double flat_accuracy(std::span<const std::int32_t> predicted,
                     std::span<const std::int32_t> labels) {
  if (labels.empty()) {
    return 0;
  }
  TARAMA_ASSERT(predicted.size() == labels.size(), "one prediction per label");
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    correct += predicted[i] == labels[i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(labels.size());
}

}  // namespace tarama
