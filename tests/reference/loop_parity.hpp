// A parity run as a sweep trains it: through a trainer, its loop and its shuffle, in float32.
#pragma once

#include "tests/reference/parity_run.hpp"
#include "worker/training/trainer.hpp"

#include <nlohmann/json.hpp>
#include <vector>

namespace tarama::test {

/// One epoch of a run whose shuffle gives the batches of the vectors in their order. Holds rate,
/// loss and flat accuracy of each step and the norms of the weights that the run ends with against
/// the vectors.
void expect_parity_of_loop(Trainer& trainer,
                           const nlohmann::json& run,
                           const ModelConfig& config,
                           const ModelWeights& weights,
                           const std::vector<training::PackedBatch>& batches,
                           Tolerance tolerance);

}  // namespace tarama::test
