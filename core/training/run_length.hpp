// How long a run is: steps and rows, known before it starts. `plan`, the store's planned_steps,
// the schedule's t_total and the trainer's loop all ask here.
#pragma once

#include "core/sweep/assert.hpp"

#include <cstdint>

namespace tarama {

/// Batches of an epoch; the last one may be smaller.
[[nodiscard]] constexpr std::int64_t steps_per_epoch(std::int64_t examples,
                                                     std::int64_t batch_size) {
  TARAMA_ASSERT(examples >= 0 && batch_size >= 1, "checked when the sweep was read");
  return examples / batch_size + (examples % batch_size != 0 ? 1 : 0);
}

/// Optimizer updates of a whole run; also its t_total under `t_total: auto`.
[[nodiscard]] constexpr std::int64_t steps_of_run(std::int64_t examples,
                                                  std::int64_t batch_size,
                                                  std::int64_t epochs) {
  return epochs * steps_per_epoch(examples, batch_size);
}

enum class TestSplit { absent, present };

/// Rows of `evals` that a run yields: one per epoch, one more for `test`.
[[nodiscard]] constexpr std::int64_t evals_of_run(std::int64_t epochs, TestSplit test) {
  return epochs + (test == TestSplit::present ? 1 : 0);
}

}  // namespace tarama
