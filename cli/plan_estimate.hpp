// What a sweep will cost, before it runs: steps, time, disk and memory. Pure arithmetic; what was
// measured and how many workers there are comes as input.
#pragma once

#include "orchestrator/sweeps/submission.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tarama::cli {

/// Measured seconds per step of a model of this shape by this learner, if the store has any.
using MeasuredSteps = std::function<std::optional<double>(
    LearnerName learner, std::int64_t layers, std::int64_t hidden)>;

enum class DeviceKind { cpu, cuda };

/// What the sweep would run on.
struct PlanMachine {
  std::int64_t workers = 1;
  DeviceKind kind = DeviceKind::cpu;
};

struct PlanEstimate {
  std::int64_t runs = 0;
  std::int64_t steps = 0;         // of all runs
  std::int64_t shared_steps = 0;  // of them, those that another run trains as well: trained once
  double seconds = 0;             // from start to end, on all workers
  std::string basis;              // where `seconds` comes from
  double model_bytes = 0;         // of the models that are kept at the end
  double peak_bytes = 0;          // on disk at once: models before the best is known, checkpoints
  double memory_bytes = 0;        // of one worker, the largest level
};

/// Optimizer steps of one run of the level.
[[nodiscard]] std::int64_t steps_of_level(const orchestrator::CheckedSubmission& sweep,
                                          const Level& level);

/// What would train the level on this machine.
[[nodiscard]] LearnerName learner_of(const orchestrator::CheckedSubmission& sweep,
                                     const Level& level);

[[nodiscard]] PlanEstimate estimate_plan(const orchestrator::CheckedSubmission& sweep,
                                         const PlanMachine& machine,
                                         const MeasuredSteps& measured);

}  // namespace tarama::cli
