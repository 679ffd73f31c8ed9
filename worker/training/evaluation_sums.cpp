// See evaluation_sums.hpp.
#include "worker/training/evaluation_sums.hpp"

namespace tarama::training {

void EvaluationSums::add(const BatchOutcome& outcome, const std::vector<std::int32_t>& labels) {
  losses_ += outcome.loss * static_cast<double>(labels.size());
  accuracies_ += flat_accuracy(outcome.classes, labels);
  ++batches_;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    matrix_.add(labels[i], outcome.classes[i]);
  }
  classes_.insert(classes_.end(), outcome.classes.begin(), outcome.classes.end());
}

EvalRow EvaluationSums::row() const {
  const ClassificationMetrics metrics = metrics_of(matrix_);
  EvalRow row;
  row.loss = losses_ / static_cast<double>(classes_.size());
  row.flat_accuracy = metrics.flat_accuracy;
  row.batch_mean_flat_accuracy = accuracies_ / static_cast<double>(batches_);
  row.mcc = metrics.mcc;
  row.macro_f1 = metrics.macro_f1;
  row.majority_accuracy = metrics.majority_accuracy;
  row.examples = static_cast<std::int64_t>(classes_.size());
  return row;
}

}  // namespace tarama::training
