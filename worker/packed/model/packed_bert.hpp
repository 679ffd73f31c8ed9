// BERT's sequence classifiers, forward and backward by hand, over packed tokens: every matrix works
// on [tokens, hidden] without padding, attention on each example's own square, and the last layer
// on the [CLS] rows alone, which are all that the loss sees (keys and values still on every token).
#pragma once

#include "core/training/model_config.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/classifier_head.hpp"
#include "worker/packed/model/embeddings.hpp"
#include "worker/packed/model/encoder_layer.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <span>
#include <vector>

namespace tarama::packed {

/// For one thread. `Real` is float, or double to be held against references.
template <class Real>
class PackedBert {
 public:
  /// Allocates all that a batch within `capacity` needs; no later call allocates. `plan` outlives
  /// the model. Throws std::bad_alloc.
  PackedBert(const ModelConfig& config,
             const ModelPlan& plan,
             const Capacity& capacity,
             const KernelTable<Real>& kernels);

  /// The scores [examples, classes], row-major; valid until the next call. `values` is by the plan;
  /// the batch is within the capacity.
  std::span<const Real> forward(const TokenLayout& batch,
                                const Dropout& dropout,
                                const Real* values);

  /// From the gradient of the last forward pass's scores, with the same batch and values, all
  /// gradients, by the plan. Of the table of words only rows that the batch has are touched, and
  /// those are added to. Word piece 0, the padding, gets none, as in `transformers`.
  void backward(const TokenLayout& batch,
                std::span<const Real> d_scores,
                const Real* values,
                Real* gradients);

 private:
  const ModelPlan& plan_;
  Workbench<Real> bench_;
  Embeddings<Real> embeddings_;
  std::vector<EncoderLayer<Real>> layers_;
  ClassifierHead<Real> head_;
  Buffer<Real> d_stream_;  // [tokens, hidden]: the gradient on its way back
  Buffer<Real> d_next_;    // [tokens, hidden]
};

}  // namespace tarama::packed
