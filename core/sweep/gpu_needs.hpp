// What the levels of a sweep ask of a GPU, and whether it has that. Pure.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace tarama {

/// NVIDIA's number for a generation of GPUs.
struct ComputeCapability {
  int major = 0;
  int minor = 0;

  friend auto operator<=>(const ComputeCapability&, const ComputeCapability&) = default;
};

/// What the packed learner's kernels for GPUs take; worker/cuda compares its own limits with these.
struct PackedGpuLimits {
  ComputeCapability least{8, 0};  // bfloat16 in its tensor cores
  std::int64_t hidden = 4096;
  std::int64_t head = 128;    // units of one head of attention
  std::int64_t tokens = 512;  // of one text
};

inline constexpr PackedGpuLimits packed_gpu_limits;

/// Of all levels of a sweep.
struct GpuNeeds {
  std::set<LearnerName> learners{};  // that they are trained by
  std::string beyond{};              // what of a level is more than these limits; empty: nothing
  bool are_a_must = false;           // a level cannot be trained on cores

  friend bool operator==(const GpuNeeds&, const GpuNeeds&) = default;
};

/// Of the levels whose learner is named, and of the others if the packed one trained them.
struct LearnerNeeds {
  GpuNeeds named{};
  GpuNeeds unnamed{};
};

/// Both together.
[[nodiscard]] GpuNeeds joined(const GpuNeeds& one, const GpuNeeds& other);

/// Adds those of a level that is trained by `learner`. What `inputs` does not know (0) is taken
/// from the model's settings, or as fitting. `max_tokens` is data.max_tokens: a bound for texts.
void add_needs(GpuNeeds& needs,
               LearnerName learner,
               const TrainingSettings& training,
               const ModelSpec& model,
               const LevelInputs& inputs,
               std::int64_t max_tokens);

/// Why no level with these needs is trained on such a GPU, for a person; nullopt: it can be.
/// `on_gpus`: the learners that the worker program has for GPUs; a capability that nobody told
/// (nullopt) is taken to suffice.
[[nodiscard]] std::optional<std::string> why_not_on_gpu(
    const GpuNeeds& needs,
    const std::set<LearnerName>& on_gpus,
    std::optional<ComputeCapability> capability);

}  // namespace tarama
