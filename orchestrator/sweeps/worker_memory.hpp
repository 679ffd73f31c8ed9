// How much memory a worker needs to train a level. Orders of magnitude, for how many workers are
// started and what `plan` warns of.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "orchestrator/devices/devices.hpp"

#include <cstdint>
#include <string_view>

namespace tarama::orchestrator {

/// In bytes, of the device that trains. `learner` as levels name it; 0 for one that is none of
/// ours, of which nothing is known.
[[nodiscard]] double worker_memory(const TrainingSettings& training,
                                   const LevelInputs& inputs,
                                   std::int64_t max_tokens,
                                   std::string_view learner);

/// Of the machine's own memory, where a GPU trains: CUDA's and its libraries' for the process, and
/// for each run the copies of parameters that it has while a checkpoint is written. 0 as above.
[[nodiscard]] HostNeeds host_needs(const LevelInputs& inputs, std::string_view learner);

/// As much as either.
[[nodiscard]] HostNeeds most_of(const HostNeeds& a, const HostNeeds& b);

}  // namespace tarama::orchestrator
