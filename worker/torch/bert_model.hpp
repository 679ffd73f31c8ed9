// The forward pass of BertForSequenceClassification (norm: post) and of
// MegatronBertForSequenceClassification (norm: pre), as `transformers` computes them, in plain
// LibTorch operations; gradients come from autograd. The oracle of any faster trainer.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/torch/padded_batch.hpp"

#include <cstdint>

namespace tarama::torch_trainer {

/// Which masks a pass drops by. They depend on these, the place in the network, the example's
/// number in the batch and the element alone: not on padding.
struct Dropout {
  double rate = 0;  // in [0, 1); 0: no dropout, and the rest is not read
  std::int64_t seed = 0;
  std::int64_t step = 0;
};

/// The scores [batch.examples, config.classes] on the parameters' device and in their type.
/// Throws c10::Error.
[[nodiscard]] at::Tensor logits_of(const BertParameters& parameters,
                                   const ModelConfig& config,
                                   const PaddedBatch& batch,
                                   const Dropout& dropout);

/// The mean cross entropy of `logits` and the batch's labels, in float32 at least.
[[nodiscard]] at::Tensor loss_of(const at::Tensor& logits, const PaddedBatch& batch);

}  // namespace tarama::torch_trainer
