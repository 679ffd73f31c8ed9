// Whether a failed attempt is tried again. A failure that would come again, or that is itself a
// finding, is not.
#pragma once

#include "core/sweep/run_state.hpp"

#include <cstdint>

namespace tarama {

/// Whether another attempt may end differently.
[[nodiscard]] constexpr bool is_retriable(FailureClass failure) {
  using enum FailureClass;
  switch (failure) {
    case diverged:    // the level's own doing, and training is deterministic
    case time_limit:  // it would take as long again
    case bad_data:    // the files are not what was planned; a person must look
      return false;
    case out_of_memory:
    case crashed:
    case exited:
    case hung:
    case disk_full:
    case bad_report:
    case lost:
    case device_error:
      return true;
  }
  return false;
}

/// Whether it counts against max_restarts. `lost` is the orchestrator's own doing; a full disk is
/// nobody's, and nothing is handed out before there is room again.
[[nodiscard]] constexpr bool costs_a_restart(FailureClass failure) {
  return failure != FailureClass::lost && failure != FailureClass::disk_full;
}

/// Whether it says something about the level, as a result does, and so spoils no exit code.
[[nodiscard]] constexpr bool is_a_finding(FailureClass failure) {
  return failure == FailureClass::diverged;
}

/// `failed_attempts`: those that cost a restart, the one at hand included.
[[nodiscard]] constexpr bool is_tried_again(FailureClass failure,
                                            std::int64_t failed_attempts,
                                            std::int64_t max_restarts) {
  return is_retriable(failure) && failed_attempts <= max_restarts;
}

}  // namespace tarama
