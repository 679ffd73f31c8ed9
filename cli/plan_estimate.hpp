// What a sweep will cost, before it runs: steps, time, disk and memory. Pure arithmetic; what was
// measured and how many workers there are comes as input.
#pragma once

#include "orchestrator/sweeps/submission.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tarama::cli {

/// Measured seconds per step of a model of this shape by this learner, if the store has any.
using MeasuredSteps = std::function<std::optional<double>(
    LearnerName learner, std::int64_t layers, std::int64_t hidden)>;

/// Of levels that were timed here and now; the others follow from these by arithmetic.
struct TimedSteps {
  std::map<LevelId, double> seconds_per_step;  // evaluations not counted
  std::int64_t steps = 0;                      // that were timed
};

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
  double model_bytes = 0;         // of the models that are kept at the end, at least: of one level
  double most_model_bytes = 0;    // at most: where no level is told apart from the best one
  double peak_bytes = 0;          // on disk at once: models before the best is known, checkpoints
  double memory_bytes = 0;        // of one worker, the largest level
};

/// How many levels there will be, at most: those of a search that are chosen later as well.
[[nodiscard]] std::int64_t planned_levels(const orchestrator::CheckedSubmission& sweep);

/// A line about those that are chosen later; empty: there are none.
[[nodiscard]] std::string later_levels_line(const orchestrator::CheckedSubmission& sweep);

/// Optimizer steps of one run of the level.
[[nodiscard]] std::int64_t steps_of_level(const orchestrator::CheckedSubmission& sweep,
                                          const Level& level);

/// What would train the level on this machine.
[[nodiscard]] LearnerName learner_of(const orchestrator::CheckedSubmission& sweep,
                                     const Level& level);

/// A step of the level, by arithmetic: to tell cheap levels from dear ones.
[[nodiscard]] double rough_seconds_per_step(const orchestrator::CheckedSubmission& sweep,
                                            const Level& level,
                                            DeviceKind kind);

/// `timed` comes before what the store has measured, and that before rough figures. The time is
/// that of the runs handed out in the scheduler's order to the machine's workers.
[[nodiscard]] PlanEstimate estimate_plan(const orchestrator::CheckedSubmission& sweep,
                                         const PlanMachine& machine,
                                         const MeasuredSteps& measured,
                                         const TimedSteps& timed = {});

}  // namespace tarama::cli
