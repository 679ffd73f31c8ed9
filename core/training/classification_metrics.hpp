// How well predicted classes match labels: accuracy, Matthews correlation, macro-F1 and the
// majority's share, from one confusion matrix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarama {

/// Counts of (label, predicted class). Invariant: classes * classes counts, none negative.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int64_t classes);

  /// Both in 0 .. classes-1.
  void add(std::int64_t label, std::int64_t predicted);

  [[nodiscard]] std::int64_t classes() const { return classes_; }

  [[nodiscard]] std::int64_t count(std::int64_t label, std::int64_t predicted) const;
  [[nodiscard]] std::int64_t total() const;

 private:
  std::int64_t classes_;
  std::vector<std::int64_t> counts_;  // [label][predicted]
};

/// The measures of EvalRow that do not need the loss; all 0 for an empty matrix.
struct ClassificationMetrics {
  double flat_accuracy = 0;
  double mcc = 0;       // Gorodkin's R_K; for two classes the usual one; 0 if undefined
  double macro_f1 = 0;  // mean over all classes; F1 of a class neither present nor predicted is 0
  double majority_accuracy = 0;

  friend bool operator==(const ClassificationMetrics&, const ClassificationMetrics&) = default;
};

[[nodiscard]] ClassificationMetrics metrics_of(const ConfusionMatrix& matrix);

/// The index of the largest score; of equal ones the first; NaN never wins over a number.
[[nodiscard]] std::int64_t argmax(std::span<const float> scores);

/// The argmax of each row of `logits`, [rows, classes], row-major.
[[nodiscard]] std::vector<std::int32_t> likeliest_classes(std::span<const float> logits,
                                                          std::int64_t classes);

/// The share of predictions that are the label; 0 for none.
[[nodiscard]] double flat_accuracy(std::span<const std::int32_t> predicted,
                                   std::span<const std::int32_t> labels);

}  // namespace tarama
