// See process_signals.hpp.
#include "transport/process_signals.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <unistd.h>

namespace tarama::transport {

namespace {

extern "C" void leave_it_at_that(int /*signal*/) {}

}  // namespace

bool is_ignored(int signal) {
  struct sigaction now {};

  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

std::vector<int> not_ignored(const std::vector<int>& signals) {
  std::vector<int> handled;
  std::copy_if(signals.begin(), signals.end(), std::back_inserter(handled), [](int signal) {
    return !is_ignored(signal);
  });
  return handled;
}

void survive_broken_pipes() {
  if (is_ignored(SIGPIPE)) {
    return;
  }

  struct sigaction action {};

  action.sa_handler = leave_it_at_that;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGPIPE, &action, nullptr);
}

void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF) {
      // The lowest free number, and so this one: those below it are open.
      [[maybe_unused]] const int opened =
          open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    }
  }
}

}  // namespace tarama::transport
