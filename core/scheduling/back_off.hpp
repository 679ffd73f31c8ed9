// How long a run waits before it is tried again, in time awake. The first failure may be bad luck,
// and a second look costs nothing; what fails on is given time to be mended.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tarama {

/// After the first failure in a row, the second, and every later one. A minute is what a driver
/// needs to reset a GPU, a mount to come back, a person's other job to end.
inline constexpr std::array<std::chrono::milliseconds, 3> back_off_steps = {
    std::chrono::seconds(1), std::chrono::seconds(10), std::chrono::seconds(60)};

/// `failures_in_row`: without a new step between them, the one at hand included; from 1.
[[nodiscard]] constexpr std::chrono::milliseconds back_off(std::int64_t failures_in_row) {
  const auto last = static_cast<std::int64_t>(back_off_steps.size());
  const std::int64_t step = failures_in_row < 1      ? 1
                            : failures_in_row > last ? last
                                                     : failures_in_row;
  return back_off_steps[static_cast<std::size_t>(step - 1)];
}

}  // namespace tarama
