// Counting in files, so that all processes of a test count together and one kill is enough.
#include "failpoints/failpoint.hpp"

#ifdef TARAMA_FAILPOINTS

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace tarama {

namespace {

/// As which one the place was reached, of all processes; 0: it cannot be counted.
long count(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return 0;
  }
  // Where this byte ended, whoever else writes at the same time.
  const long number = ::write(file, ".", 1) == 1 ? ::lseek(file, 0, SEEK_CUR) : 0;
  ::close(file);
  return number;
}

}  // namespace

void reach_failpoint(const char* name) {
  const char* const folder = std::getenv("TARAMA_FAILPOINT_DIR");
  if (folder == nullptr) {
    return;
  }
  const long number = count(folder, name);
  const char* const wanted = std::getenv("TARAMA_FAILPOINT");
  if (wanted != nullptr && wanted == std::string(name) + ":" + std::to_string(number)) {
    ::kill(::getpid(), SIGKILL);
  }
}

}  // namespace tarama

#endif
