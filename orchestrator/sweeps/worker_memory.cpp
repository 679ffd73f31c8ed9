// See worker_memory.hpp.
#include "orchestrator/sweeps/worker_memory.hpp"

#include "core/sweep/enum_names.hpp"

#include <algorithm>

namespace tarama::orchestrator {
namespace {

constexpr double bytes_per_parameter = 4;
constexpr double training_copies = 4;  // weights, gradients, two moments
constexpr double libtorch_bytes = 400e6;
// A context of CUDA's driver, and the code of cuBLASLt that is in memory.
constexpr double cuda_bytes = 800e6;
// The parameters as they were last read, those of the best epoch, and of a checkpoint that is
// written parameters, two moments, and the best epoch's once more.
constexpr double host_copies = 6;
constexpr double activations_per_hidden = 34;  // values kept per token, layer and hidden unit

bool is_packed_learner(std::string_view learner) {
  return learner == name_of(LearnerName::packed);
}

bool is_ours(std::string_view learner) {
  return is_packed_learner(learner) || learner == name_of(LearnerName::torch);
}

}  // namespace

HostNeeds host_needs(const LevelInputs& inputs, std::string_view learner) {
  if (!is_ours(learner)) {
    return {};
  }
  return {.process_bytes = (is_packed_learner(learner) ? 0 : libtorch_bytes) + cuda_bytes,
          .run_bytes = host_copies * bytes_per_parameter * static_cast<double>(inputs.parameters)};
}

HostNeeds most_of(const HostNeeds& a, const HostNeeds& b) {
  return {.process_bytes = std::max(a.process_bytes, b.process_bytes),
          .run_bytes = std::max(a.run_bytes, b.run_bytes)};
}

double worker_memory(const TrainingSettings& training,
                     const LevelInputs& inputs,
                     std::int64_t max_tokens,
                     std::string_view learner) {
  if (!is_ours(learner)) {
    return 0;
  }
  const bool is_packed = is_packed_learner(learner);
  const auto longest = static_cast<double>(max_tokens);
  // A padded batch is as long as its longest text, a packed one holds what there is; a batch of the
  // longest texts has some four times the tokens of the others.
  const double mean = static_cast<double>(inputs.train_tokens) /
                      static_cast<double>(std::max<std::int64_t>(1, inputs.train_examples));
  const double tokens = static_cast<double>(training.batch_size) *
                        (is_packed ? std::min(longest, 4 * mean) : longest);
  const double activations = tokens * static_cast<double>(inputs.hidden) *
                             static_cast<double>(inputs.layers) * activations_per_hidden;
  return (is_packed ? 0 : libtorch_bytes) +
         bytes_per_parameter *
             (activations + training_copies * static_cast<double>(inputs.parameters));
}

}  // namespace tarama::orchestrator
