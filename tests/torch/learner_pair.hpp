// One step's gradients by either learner's own parts, in either precision, on made-up models and
// batches.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tarama::test {

struct MadeUpCase {
  Norm norm = Norm::post;
  std::int64_t hidden = 16;
  std::int64_t layers = 2;
  std::int64_t heads = 2;
  std::int64_t intermediate = 64;
  std::vector<std::int32_t> lengths;  // of the batch's examples, in tokens
  double dropout = 0;
  std::int64_t seed = 1;

  [[nodiscard]] std::string words() const;
  [[nodiscard]] ModelConfig config() const;
  /// Larger than initial weights are, so that every nonlinearity is met.
  [[nodiscard]] ModelWeights weights() const;
  [[nodiscard]] training::PackedBatch batch() const;
};

struct Gradients {
  double loss = 0;
  std::map<std::string, std::vector<double>> of;  // by the parameter's name, whole
};

[[nodiscard]] Gradients torch_gradients(const MadeUpCase& made_up, torch_trainer::FloatType type);
[[nodiscard]] Gradients packed_gradients(const MadeUpCase& made_up,
                                         const packed::KernelTable<float>& kernels);
[[nodiscard]] Gradients packed_gradients(const MadeUpCase& made_up,
                                         const packed::KernelTable<double>& kernels);

/// Over all parameters the largest |a - b|, as a share of the larger of the parameter's largest
/// gradient and a thousandth of all parameters' largest.
[[nodiscard]] double largest_difference(const Gradients& a, const Gradients& b);

}  // namespace tarama::test
