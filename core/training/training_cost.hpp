// How much work a model is, for `tarama plan`'s estimates of time and memory where the store has
// no measured step yet. Orders of magnitude, not promises.
#pragma once

#include "core/training/model_config.hpp"

#include <cstdint>

namespace tarama {

/// All parameters of the model, embeddings included.
[[nodiscard]] std::int64_t count_parameters(const ModelConfig& config);

/// Floating-point operations to train on one token: 6 for every weight of a linear layer that
/// the token goes through (2 forward, 4 backward). Attention's own products are left out: below
/// 10 % for texts under 128 tokens and hidden sizes from 128.
[[nodiscard]] double training_flops_per_token(const ModelConfig& config);

/// The same of a model of which only these are known: with a feed-forward part of 4 x hidden, as in
/// BERT's family.
[[nodiscard]] double training_flops_per_token(std::int64_t layers, std::int64_t hidden);

}  // namespace tarama
