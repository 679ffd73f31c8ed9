// See learner_choice.hpp.
#include "core/sweep/learner_choice.hpp"

#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tarama {

bool names_learner(const SweepSpec& spec) {
  const auto is_swept = [](const Axis& axis) { return axis.key == "learner"; };
  return spec.training.learner || std::ranges::any_of(spec.parameters, is_swept);
}

std::optional<std::string> why_unfit(LearnerName learner,
                                     const TrainingSettings& training,
                                     const LearnerSupply& supply) {
  if (!supply.learners.contains(learner)) {
    return fmt::format("the worker program has no learner '{}'; take another one, or {}",
                       name_of(learner),
                       learner == LearnerName::torch ? "build it with TARAMA_WITH_TORCH=ON"
                                                     : "name another program by --worker");
  }
  if (supply.devices != WorkerDevices::cpu && !supply.on_gpus.contains(learner)) {
    return fmt::format(
        "the worker program cannot train by the {} learner on GPUs here (`tarama "
        "doctor` says what it lacks); take another learner, or resources.devices: "
        "cpu",
        name_of(learner));
  }
  if (learner != LearnerName::packed) {
    return std::nullopt;
  }
  if (training.precision == Precision::bf16 && supply.devices != WorkerDevices::cuda) {
    return "the packed learner trains in bf16 on GPUs alone; take learner: torch for precision: "
           "bf16, "
           "or precision: fp32, or GPUs alone (resources.devices: cuda:0)";
  }
  return std::nullopt;
}

Result<LearnerName> learner_for(const TrainingSettings& training, const LearnerSupply& supply) {
  const LearnerName first = training.learner.value_or(supply.wished);
  const auto why = why_unfit(first, training, supply);
  if (!why) {
    return first;
  }
  if (!training.learner) {
    for (const LearnerName other : {LearnerName::torch, LearnerName::packed}) {
      if (!why_unfit(other, training, supply)) {
        return other;
      }
    }
  }
  return Error{Errc::refused, *why};
}

std::optional<LearnerName> kept_learner(const std::vector<LevelRecord>& levels,
                                        const TrainingSettings& training) {
  std::set<std::string> of_precision;
  std::set<std::string> of_all;
  for (const LevelRecord& level : levels) {
    of_all.insert(level.learner);
    if (level.training.precision == training.precision) {
      of_precision.insert(level.learner);
    }
  }
  const std::set<std::string>& kept = of_precision.empty() ? of_all : of_precision;
  const auto learner = kept.size() == 1 ? learner_named(*kept.begin()) : std::nullopt;
  // On which devices is the newest limits' affair, not this level's; and what has trained levels
  // of this precision can train one more.
  const bool can_train =
      learner && (!of_precision.empty() || !why_unfit(*learner, training, LearnerSupply{}));
  return can_train ? learner : std::nullopt;
}

}  // namespace tarama
