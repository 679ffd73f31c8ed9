// See gpu_needs.hpp.
#include "core/sweep/gpu_needs.hpp"

#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>

#include <string_view>

namespace tarama {
namespace {

std::string beyond_limit(std::string_view what, std::int64_t is, std::int64_t most) {
  return is <= most ? std::string()
                    : fmt::format(
                          "{} is {}, and the packed learner takes {} at most on GPUs (learner: "
                          "torch has no such limit)",
                          what,
                          is,
                          most);
}

/// What of the level is more than the kernels take; empty: nothing.
std::string beyond_packed(const ModelSpec& model,
                          const LevelInputs& inputs,
                          std::int64_t max_tokens) {
  const std::int64_t hidden = inputs.hidden > 0 ? inputs.hidden : model.hidden.value_or(0);
  if (std::string why = beyond_limit("hidden_size", hidden, packed_gpu_limits.hidden);
      !why.empty()) {
    return why;
  }
  const std::int64_t head = model.heads && *model.heads > 0 ? hidden / *model.heads : 0;
  if (std::string why = beyond_limit("the width of a head", head, packed_gpu_limits.head);
      !why.empty()) {
    return why;
  }
  return beyond_limit("data.max_tokens", max_tokens, packed_gpu_limits.tokens);
}

}  // namespace

GpuNeeds joined(const GpuNeeds& one, const GpuNeeds& other) {
  GpuNeeds both = one;
  both.learners.insert(other.learners.begin(), other.learners.end());
  both.beyond = one.beyond.empty() ? other.beyond : one.beyond;
  both.are_a_must = one.are_a_must || other.are_a_must;
  return both;
}

void add_needs(GpuNeeds& needs,
               LearnerName learner,
               const TrainingSettings& training,
               const ModelSpec& model,
               const LevelInputs& inputs,
               std::int64_t max_tokens) {
  needs.learners.insert(learner);
  if (learner != LearnerName::packed) {
    return;
  }
  needs.are_a_must = needs.are_a_must || training.precision == Precision::bf16;
  if (needs.beyond.empty()) {
    needs.beyond = beyond_packed(model, inputs, max_tokens);
  }
}

std::optional<std::string> why_not_on_gpu(const GpuNeeds& needs,
                                          const std::set<LearnerName>& on_gpus,
                                          std::optional<ComputeCapability> capability) {
  for (const LearnerName learner : needs.learners) {
    if (!on_gpus.contains(learner)) {
      return fmt::format(
          "the worker program cannot train by the {} learner on GPUs here (`tarama "
          "doctor` says what it lacks)",
          name_of(learner));
    }
  }
  if (!needs.learners.contains(LearnerName::packed)) {
    return std::nullopt;
  }
  if (!needs.beyond.empty()) {
    return needs.beyond;
  }
  if (capability && *capability < packed_gpu_limits.least) {
    return fmt::format(
        "its compute capability is {}.{}, and the packed learner needs {}.{} "
        "(learner: torch trains on it)",
        capability->major,
        capability->minor,
        packed_gpu_limits.least.major,
        packed_gpu_limits.least.minor);
  }
  return std::nullopt;
}

}  // namespace tarama
