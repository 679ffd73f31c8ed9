// How much memory a worker needs to train a level. Orders of magnitude, for how many workers are
// started and what `plan` warns of.
#pragma once

#include "core/sweep/run_spec.hpp"

#include <cstdint>
#include <string_view>

namespace tarama::orchestrator {

/// In bytes, of the device that trains. `learner` as levels name it; 0 for one that is none of
/// ours, of which nothing is known.
[[nodiscard]] double worker_memory(const TrainingSettings& training,
                                   const LevelInputs& inputs,
                                   std::int64_t max_tokens,
                                   std::string_view learner);

/// In bytes of the machine's own memory, of a worker that trains on a GPU: CUDA's and its
/// libraries', and the copies of parameters that it has while a checkpoint is written. 0 as above.
[[nodiscard]] double host_memory(const LevelInputs& inputs, std::string_view learner);

}  // namespace tarama::orchestrator
