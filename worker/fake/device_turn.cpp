// See device_turn.hpp.
#include "worker/fake/device_turn.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace tarama {

DeviceTurn::DeviceTurn(const std::string& script, const std::string& device)
    : file_(::open(
          fmt::format("{}.{}.turn", script, device).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
  while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

DeviceTurn::~DeviceTurn() {
  if (file_ >= 0) {
    ::close(file_);  // and with it the lock
  }
}

}  // namespace tarama
