// A loop with pauses; time is counted by the pauses alone.
#include "worker/agent/await_room.hpp"

#include <algorithm>

namespace tarama {

Result<void> write_once_there_is_room(const std::function<Result<void>()>& write,
                                      const RoomWait& room) {
  using std::chrono::milliseconds;
  constexpr milliseconds longest_pause{10'000};
  milliseconds pause{1'000};
  for (milliseconds waited{0};; waited += pause, pause = std::min(2 * pause, longest_pause)) {
    Result<void> written = write();
    if (written || written.error().code != Errc::disk_full || waited >= longest_wait_for_room) {
      return written;
    }
    room.say(written.error());
    if (!room.wait(pause)) {
      return written;
    }
  }
}

}  // namespace tarama
