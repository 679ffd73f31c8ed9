// Weights of a model from scratch, and of the pooler and classifier that a pretrained folder may
// lack: normal with the configuration's initializer_range for matrices, 0 for biases, 1 for the
// scale of LayerNorms, as `transformers` does it, but from the run's seed alone.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"

#include <cstdint>

namespace tarama {

/// The parameter number `index` of parameters_of(config). Deterministic. A matrix is drawn
/// from row {seed, Place::initial_weights, example: number of matrices before it}, elements in
/// row-major order of a PhiloxStream; so post- and pre-LayerNorm models of the same dimensions
/// start from the same matrices.
[[nodiscard]] NamedArray initial_parameter(const ModelConfig& config,
                                           std::size_t index,
                                           std::int64_t seed);

/// All of them, by name.
[[nodiscard]] ModelWeights initial_weights(const ModelConfig& config, std::int64_t seed);

/// `weights`, completed from the seed: those that may_start_from_seed and are missing. Shared
/// arrays are not copied, and those from the seed are shared ones. `invalid_config` if another one
/// is missing or a shape is wrong.
[[nodiscard]] Result<ModelWeights> complete_weights(const ModelConfig& config,
                                                    const ModelWeights& weights,
                                                    std::int64_t seed);

}  // namespace tarama
