// Writing again what found no room on the disk: a trained model is worth more than the minutes
// until somebody frees some.
#pragma once

#include "core/sweep/result.hpp"

#include <chrono>
#include <functional>

namespace tarama {

struct RoomWait {
  /// Waits so long; false: the attempt is to end now.
  std::function<bool(std::chrono::milliseconds)> wait;
  /// Told each time that there was no room.
  std::function<void(const Error&)> say;
};

// Then the attempt ends as `disk_full`, and starts again once there is room: shorter than the
// silence that counts as `hung`.
inline constexpr std::chrono::milliseconds longest_wait_for_room{5 * 60'000};

/// What `write` gives; `disk_full` alone is tried again, with pauses of 1 s that grow to 10 s.
[[nodiscard]] Result<void> write_once_there_is_room(const std::function<Result<void>()>& write,
                                                    const RoomWait& room);

}  // namespace tarama
