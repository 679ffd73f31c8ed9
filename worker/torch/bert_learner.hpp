// The torch learner: one run's model and optimizer by plain LibTorch with autograd, one step at a
// time. The oracle of every other learner; LibTorch stays behind it.
#pragma once

#include "worker/training/learner.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace tarama::torch_trainer {

/// Every function may throw c10::Error or std::bad_alloc.
class BertLearner : public training::Learner {
 public:
  /// `device` is LibTorch's name of one: "cpu", "cuda:0". `weights` must hold every parameter in
  /// its shape.
  BertLearner(const training::LearnerSpec& spec,
              const ModelWeights& weights,
              const std::string& device);
  ~BertLearner() override;
  BertLearner(const BertLearner&) = delete;
  BertLearner& operator=(const BertLearner&) = delete;

  void enqueue(training::PackedBatch batch, std::int64_t step) override;
  [[nodiscard]] training::StepOutcome collect() override;

  [[nodiscard]] std::int64_t lag() const override { return 0; }

  [[nodiscard]] training::BatchOutcome evaluate(const training::PackedBatch& batch) override;
  [[nodiscard]] double lr_at(std::int64_t step) const override;
  [[nodiscard]] ModelWeights weights() override;
  [[nodiscard]] std::map<std::string, NamedArray> arrays() override;
  void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::torch_trainer
