// What a level is trained by: the one place that decides it, for `plan`, submissions and
// extensions. Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// Of a level that nothing else decides.
inline constexpr LearnerName default_learner = LearnerName::packed;

/// What the worker program that has these learners calls its trainer, from when it had one of them.
/// Any other trainer is its own learner, whatever a file asks for.
inline constexpr std::string_view trainer_of_learners = "torch";

/// What the workers of a sweep are on.
enum class WorkerDevices { cpu, cuda, both };

/// What there is to train by.
struct LearnerSupply {
  WorkerDevices devices = WorkerDevices::cpu;
  std::set<LearnerName> learners = {LearnerName::packed, LearnerName::torch};  // of the worker
  std::set<LearnerName> on_gpus = {LearnerName::packed, LearnerName::torch};   // that can use them
  LearnerName wished = default_learner;  // of a level that names none
};

/// Whether the sweep's file says by what it is trained, for all levels.
[[nodiscard]] bool names_learner(const SweepSpec& spec);

/// Why the learner cannot train such a level, and what to do about it; nullopt: it can.
[[nodiscard]] std::optional<std::string> why_unfit(LearnerName learner,
                                                   const TrainingSettings& training,
                                                   const LearnerSupply& supply);

/// The learner that the settings name; else the one that is wished for; else torch, or what the
/// worker program has. `refused`, with what to do, where the learner that is named, or all of them,
/// cannot.
[[nodiscard]] Result<LearnerName> learner_for(const TrainingSettings& training,
                                              const LearnerSupply& supply);

/// By what a sweep with these levels trains a new one whose file names no learner: what its levels
/// of that precision, or if there is none all of them, are trained by; nullopt where they name
/// several, or none that can.
[[nodiscard]] std::optional<LearnerName> kept_learner(const std::vector<LevelRecord>& levels,
                                                      const TrainingSettings& training);

}  // namespace tarama
