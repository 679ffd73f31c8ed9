// Which rows an attempt must send again.
#include "worker/agent/resume_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tarama {

namespace {

std::int64_t first_step_of(const TrainerState& state, const JobSpec& job) {
  // One step back: an evaluation that is still to come belongs to the last step that was done,
  // and a row counts for the attempt that provides its step.
  std::int64_t first =
      std::min(job.committed_steps, std::max<std::int64_t>(state.steps_done - 1, 0));
  const auto evals = static_cast<std::int64_t>(state.evals.size());
  for (std::int64_t i = job.committed_evals; i < evals; ++i) {
    first = std::min(first, state.evals[static_cast<std::size_t>(i)].step);
  }
  return first;
}

}  // namespace

std::optional<std::string> misfit_of_rows(const TrainerState& state, std::int64_t run_steps) {
  if (state.steps_done < 0 || state.steps_done > run_steps) {
    return fmt::format("it is at step {} of a run of {}", state.steps_done, run_steps);
  }
  if (static_cast<std::int64_t>(state.steps.size()) != state.steps_done) {
    return fmt::format(
        "it is at step {} and holds the rows of {}", state.steps_done, state.steps.size());
  }
  for (std::size_t i = 0; i < state.steps.size(); ++i) {
    if (state.steps[i].step != static_cast<std::int64_t>(i)) {
      return fmt::format("its row {} is of step {}", i, state.steps[i].step);
    }
  }
  return std::nullopt;
}

ResumePlan plan_resume(const std::optional<TrainerState>& state, const JobSpec& job) {
  if (!state) {
    return {};
  }
  ResumePlan plan{.first_step = first_step_of(*state, job), .steps = {}, .evals = {}};
  plan.steps.assign(state->steps.begin() + plan.first_step, state->steps.end());
  std::copy_if(state->evals.begin(),
               state->evals.end(),
               std::back_inserter(plan.evals),
               [&](const EvalRow& row) { return row.step >= plan.first_step; });
  return plan;
}

}  // namespace tarama
