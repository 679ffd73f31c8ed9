// The packed learner on a GPU: one run's model and optimizer behind the device seam. It computes
// what the packed learner computes on a CPU, with the same masks; docs/NUMERICS.md says how close.
// Its outcomes come some steps late. Where a batch does not fit the device's memory, its examples
// are computed some at a time and their gradients added up: the same update but for the order of
// sums.
#pragma once

#include "worker/cuda/device/device.hpp"
#include "worker/training/learner.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cuda {

/// Why this model or data cannot be trained here; nullopt: it can. For a person.
[[nodiscard]] std::optional<std::string> why_unfit(const training::LearnerSpec& spec);

class CudaLearner : public training::Learner {
 public:
  /// `device` outlives it. `weights` must hold every parameter in its shape; of `spec` what
  /// packed::PackedLearner says, and it must be fit. Throws std::invalid_argument if a parameter is
  /// missing or has another shape, OutOfDeviceMemory if not even one example at a time fits.
  CudaLearner(Device& device, const training::LearnerSpec& spec, const ModelWeights& weights);
  ~CudaLearner() override;
  CudaLearner(const CudaLearner&) = delete;
  CudaLearner& operator=(const CudaLearner&) = delete;

  void enqueue(training::PackedBatch batch, std::int64_t step) override;
  [[nodiscard]] training::StepOutcome collect() override;
  [[nodiscard]] std::int64_t lag() const override;
  [[nodiscard]] training::BatchOutcome evaluate(const training::PackedBatch& batch) override;
  void enqueue_evaluation(const training::PackedBatch& batch) override;
  [[nodiscard]] training::BatchOutcome collect_evaluation() override;
  [[nodiscard]] double lr_at(std::int64_t step) const override;
  /// Where a batch is computed in parts.
  [[nodiscard]] std::string note() const override;
  [[nodiscard]] ModelWeights weights() override;
  /// As those of packed::PackedLearner, with how many examples at a time where a batch is computed
  /// in parts: what goes on from them adds up in the same order.
  [[nodiscard]] std::map<std::string, NamedArray> arrays() override;
  void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) override;

  /// The scores of a batch, [examples, classes], as `evaluate` computes them.
  [[nodiscard]] std::vector<float> scores(const training::PackedBatch& batch);

  /// The examples that are computed at a time; fewer than a batch has where memory is short.
  [[nodiscard]] std::int64_t examples_at_a_time() const;

 private:
  struct Parts;

  void sum_as(const std::map<std::string, NamedArray>& arrays);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::cuda
