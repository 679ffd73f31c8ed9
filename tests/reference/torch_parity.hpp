// A parity run through the torch trainer's own parts, in either precision.
#pragma once

#include "tests/reference/parity_run.hpp"

namespace tarama::test {

/// Trains without dropout, on the CPU.
[[nodiscard]] ParityNumbers train_by_torch(const ParitySettings& settings,
                                           const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const std::vector<training::PackedBatch>& batches);

}  // namespace tarama::test
