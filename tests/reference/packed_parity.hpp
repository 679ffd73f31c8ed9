// A parity run by the packed learner: the learner itself in float32, its model and optimizer in
// float64.
#pragma once

#include "tests/reference/parity_run.hpp"

#include <string_view>

namespace tarama::test {

/// Trains without dropout, through PackedLearner, by the kernels of that name.
[[nodiscard]] ParityNumbers train_by_packed_learner(
    const ParitySettings& settings,
    const ModelConfig& config,
    const ModelWeights& weights,
    const std::vector<training::PackedBatch>& batches,
    std::string_view kernels);

/// The same in float64, through the parts that PackedLearner puts together.
[[nodiscard]] ParityNumbers train_by_packed_parts(
    const ParitySettings& settings,
    const ModelConfig& config,
    const ModelWeights& weights,
    const std::vector<training::PackedBatch>& batches);

/// Prints what it expects of, and does so for each vector unit that this processor has; in float64
/// once.
void expect_parity_of_packed(const nlohmann::json& run,
                             const ModelConfig& config,
                             const ModelWeights& weights,
                             const std::vector<training::PackedBatch>& batches,
                             Tolerance tolerance);

}  // namespace tarama::test
