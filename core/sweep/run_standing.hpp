// What has become of a run so far: the part of its row that changes, whole wherever it is known
// (scheduler, store, views).
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/run_state.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama {

struct RunStanding {
  RunState state = RunState::pending;
  Attempt attempt{};                 // the newest; 0 before the first
  std::int64_t failed_attempts = 0;  // those that count against max_restarts
  std::int64_t losses_in_row = 0;    // attempts lost without a new step between them
  std::optional<FailureClass> failure{};
  std::string message{};  // why it failed, for a person
  bool is_held = false;   // by `pause SWEEP/RUN`

  friend bool operator==(const RunStanding&, const RunStanding&) = default;
};

}  // namespace tarama
