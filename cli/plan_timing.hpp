// `plan --time`: a few real steps by the real workers, as many at once as the sweep would have, so
// that what they take from one another is in the figure. In a temporary store, which goes again.
#pragma once

#include "cli/context.hpp"
#include "cli/interrupts.hpp"
#include "cli/plan_estimate.hpp"
#include "core/sweep/metric_rows.hpp"
#include "orchestrator/sweeps/submission.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

struct TimingRequest {
  PlanMachine machine;
  std::string worker;  // as --worker named it
};

/// Of the level that is likely to be cheapest a step and of the dearest: some seconds each. An
/// error where no run came to enough steps, with what it failed of.
[[nodiscard]] Result<TimedSteps> time_steps(const Context& context,
                                            const orchestrator::CheckedSubmission& sweep,
                                            const TimingRequest& request,
                                            Interrupts& interrupts);

/// What lies between the steps of a run: the first ones, which make room and fill caches, and
/// evaluations between epochs left out. Pure.
struct StepTimes {
  double seconds = 0;
  std::int64_t steps = 0;

  friend bool operator==(const StepTimes&, const StepTimes&) = default;
};

[[nodiscard]] StepTimes times_between(const std::vector<StepRow>& rows);

}  // namespace tarama::cli
