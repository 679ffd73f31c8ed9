// A device that serves one worker at a time, as a GPU that is full does: workers of one script wait
// for one another by a lock on a file beside it.
#pragma once

#include <string>

namespace tarama {

/// While it lives, it is this process's turn on the device. Where the file cannot be made, it is
/// everybody's: a script that lies in a folder without write access is not worth a failed run.
class DeviceTurn {
 public:
  DeviceTurn(const std::string& script, const std::string& device);
  ~DeviceTurn();
  DeviceTurn(const DeviceTurn&) = delete;
  DeviceTurn& operator=(const DeviceTurn&) = delete;

 private:
  int file_ = -1;
};

}  // namespace tarama
