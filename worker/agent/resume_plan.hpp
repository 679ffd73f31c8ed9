// Where an attempt that goes on from a checkpoint begins to provide rows. Pure.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// Why the rows of a checkpoint cannot stand for the steps that it skips: they must be those of
/// step 0 to steps_done - 1, and the run must have that many. nullopt: they can.
[[nodiscard]] std::optional<std::string> misfit_of_rows(const TrainerState& state,
                                                        std::int64_t run_steps);

/// The rows that the store may lack although the checkpoint is past them. What is sent twice
/// does no harm, what is missing would be a gap.
struct ResumePlan {
  std::int64_t first_step = 0;  // of all rows that this attempt provides
  std::vector<StepRow> steps;   // to send again, from first_step on
  std::vector<EvalRow> evals;   // likewise

  friend bool operator==(const ResumePlan&, const ResumePlan&) = default;
};

/// `state` empty: from the start.
[[nodiscard]] ResumePlan plan_resume(const std::optional<TrainerState>& state, const JobSpec& job);

}  // namespace tarama
