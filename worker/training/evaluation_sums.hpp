// An evaluation while its batches come in, in their order: sums and predicted classes, and the row
// that they make.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/training/classification_metrics.hpp"
#include "worker/training/learner.hpp"

#include <cstdint>
#include <vector>

namespace tarama::training {

class EvaluationSums {
 public:
  explicit EvaluationSums(std::int64_t classes) : matrix_(classes) {}

  void add(const BatchOutcome& outcome, const std::vector<std::int32_t>& labels);

  /// Of all that was added, one batch at least; epoch, split and step are the caller's.
  [[nodiscard]] EvalRow row() const;

  /// The predicted class of each example.
  [[nodiscard]] const std::vector<std::int32_t>& classes() const { return classes_; }

 private:
  ConfusionMatrix matrix_;
  double losses_ = 0;
  double accuracies_ = 0;  // of batches, each counted once
  std::int64_t batches_ = 0;
  std::vector<std::int32_t> classes_;
};

}  // namespace tarama::training
