// What a run has gone through: when it may be tried again, and where. Kept in memory alone: after
// a restart of the orchestrator, which is a change of its own, the run is tried anywhere at once.
#pragma once

#include "core/sweep/run_state.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace tarama::scheduling {

struct Setbacks {
  std::int64_t failures_in_row = 0;                        // without a new step between them
  FailureClass failure = FailureClass::exited;             // the last one
  std::optional<std::chrono::milliseconds> rests_until{};  // awake, while it waits
  std::chrono::milliseconds ready_since{};                 // awake, since it has rested
  std::set<std::string> failed_on{};          // devices where it failed, perhaps by their doing
  std::optional<std::int64_t> most_beside{};  // on its device: with more, memory ran out, or a
                                              // process failed of which nobody knows by whom

  /// Not every free slot will do.
  [[nodiscard]] bool is_choosy() const { return !failed_on.empty() || most_beside.has_value(); }
};

}  // namespace tarama::scheduling
