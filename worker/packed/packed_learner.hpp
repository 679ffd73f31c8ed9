// The packed learner: one run's model and optimizer, forward and backward by hand over packed
// tokens, on one thread of a CPU, without LibTorch. docs/NUMERICS.md says what it is held against.
#pragma once

#include "worker/training/learner.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::packed {

/// Every function may throw std::bad_alloc.
class PackedLearner : public training::Learner {
 public:
  /// `weights` must hold every parameter in its shape; spec.pieces and spec.longest_batch must be
  /// those of the data. `kernels` is a name of kernel_table.hpp that this processor has. Throws
  /// std::invalid_argument if a parameter is missing or has another shape.
  PackedLearner(const training::LearnerSpec& spec,
                const ModelWeights& weights,
                std::string_view kernels);
  ~PackedLearner() override;
  PackedLearner(const PackedLearner&) = delete;
  PackedLearner& operator=(const PackedLearner&) = delete;

  /// Whether the buffers of this learner are those of one that is made of `spec`.
  [[nodiscard]] bool is_sized_for(const training::LearnerSpec& spec) const;
  /// Becomes the learner that is made of these, in the memory that it has: the same bits, without
  /// the pages that a new one would take from the system. Only one that is_sized_for(spec), whose
  /// losses were finite. Throws as the constructor; then it is of no use.
  void begin_anew(const training::LearnerSpec& spec, const ModelWeights& weights);

  void enqueue(training::PackedBatch batch, std::int64_t step) override;
  [[nodiscard]] training::StepOutcome collect() override;

  [[nodiscard]] std::int64_t lag() const override { return 0; }

  [[nodiscard]] training::BatchOutcome evaluate(const training::PackedBatch& batch) override;
  [[nodiscard]] double lr_at(std::int64_t step) const override;
  [[nodiscard]] ModelWeights weights() override;
  /// Of the tables of words and positions only the rows that the data use, in their order; the
  /// others follow from the weights that it was made of and the rates.
  [[nodiscard]] std::map<std::string, NamedArray> arrays() override;
  void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) override;

  /// The scores of a batch, [examples, classes], as `evaluate` computes them.
  [[nodiscard]] std::vector<float> scores(const training::PackedBatch& batch);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::packed
