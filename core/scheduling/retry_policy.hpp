// Whether a failed attempt is tried again. A failure that would come again, or that is itself a
// finding, is not.
#pragma once

#include "core/sweep/run_state.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace tarama {

/// Whether another attempt may end differently.
[[nodiscard]] constexpr bool is_retriable(FailureClass failure) {
  using enum FailureClass;
  switch (failure) {
    case diverged:       // the level's own doing, and training is deterministic
    case time_limit:     // it would take as long again
    case bad_data:       // the files are not what was planned; a person must look
    case program_error:  // a defect in it would show again; exit code 75 asks for another attempt
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

/// Whether it counts against max_restarts. What the machine did does not; a full disk is nobody's
/// doing, and nothing is handed out before there is room again.
[[nodiscard]] constexpr bool costs_a_restart(FailureClass failure) {
  return failure != FailureClass::lost && failure != FailureClass::disk_full;
}

/// Whether it is a failure that spoils a sweep's exit code. That a level diverges is a finding.
[[nodiscard]] constexpr bool is_a_finding(FailureClass failure) {
  return failure == FailureClass::diverged;
}

/// A machine that loses a run this often without one new step loses it every time; somebody must
/// look.
inline constexpr std::int64_t most_losses_in_row = 10;

/// Attempts of a sweep in a row, with none between them that got through, that find no room on a
/// disk which looks as if it had some (a quota, a file larger than what is kept free): each of them
/// has waited for minutes. Then the sweep waits as a whole,
inline constexpr std::int64_t most_full_disks_in_row = 3;
/// for so long each time, since nobody tells when there is room.
inline constexpr std::chrono::milliseconds rest_of_full_disk = std::chrono::minutes(20);
/// Stands in the reason of that pause, and of no other.
inline constexpr std::string_view found_no_room = "found no room on the disk";

/// What a run has behind it, the failure at hand included.
struct FailuresSoFar {
  std::int64_t failed_attempts = 0;  // that cost a restart
  std::int64_t losses_in_row = 0;    // without a new step between them
};

[[nodiscard]] constexpr bool is_tried_again(FailureClass failure,
                                            const FailuresSoFar& so_far,
                                            std::int64_t max_restarts) {
  if (failure == FailureClass::lost) {
    return so_far.losses_in_row < most_losses_in_row;
  }
  return is_retriable(failure) &&
         (!costs_a_restart(failure) || so_far.failed_attempts <= max_restarts);
}

}  // namespace tarama
