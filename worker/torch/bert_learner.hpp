// One run's model and optimizer on one device, a batch at a time: batches and plain numbers go
// in and out, LibTorch stays behind it.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "core/training/lr_schedule.hpp"
#include "core/training/model_config.hpp"
#include "worker/torch/batch.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tarama::torch_trainer {

struct LearnerSpec {
  ModelConfig config;
  TrainingSettings training;
  LrSchedule schedule;
  std::int64_t seed = 1;  // of the dropout masks
  std::string device;     // LibTorch's name of one: "cpu", "cuda:0"
};

/// What the model said about a batch.
struct BatchOutcome {
  double loss = 0;            // mean over the batch
  std::vector<float> logits;  // [examples, classes], row-major
};

/// Not thread-safe. Every function may throw c10::Error or std::bad_alloc; after that the
/// learner is of no use.
class BertLearner {
 public:
  /// `weights` must hold every parameter in its shape.
  BertLearner(const LearnerSpec& spec, const ModelWeights& weights);
  ~BertLearner();
  BertLearner(const BertLearner&) = delete;
  BertLearner& operator=(const BertLearner&) = delete;

  /// One optimizer update, number `step` from 0; the outcome is that of before it. If the loss
  /// is not finite nothing is updated.
  BatchOutcome learn(const Batch& batch, std::int64_t step);

  /// Without dropout, without an update, and in float32 under any precision.
  [[nodiscard]] BatchOutcome evaluate(const Batch& batch) const;

  /// The rate of the update number `step`.
  [[nodiscard]] double lr_at(std::int64_t step) const;

  [[nodiscard]] ModelWeights weights() const;

  /// Parameters and moments, all that `restore` needs beside the number of updates: named
  /// "parameter/NAME", "next_m/NAME", "next_v/NAME".
  [[nodiscard]] std::map<std::string, NamedArray> arrays() const;

  /// Throws std::invalid_argument if an array is missing or has another shape.
  void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::torch_trainer
