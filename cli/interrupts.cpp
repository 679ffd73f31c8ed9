// A self-pipe: the handler writes the signal's number, `wait` polls for it.
#include "cli/interrupts.hpp"

#include "core/sweep/assert.hpp"
#include "transport/process_signals.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace tarama::cli {
namespace {

constexpr std::array handled_signals = {SIGINT, SIGTERM, SIGHUP};

// What a handler may touch: lock-free atomics and a pipe's end.
std::atomic<int> signals_seen = 0;
std::atomic<int> newest_signal = 0;
std::atomic<int> write_end = -1;
int read_end = -1;
std::array<struct sigaction, handled_signals.size()> previous_actions;

extern "C" void note_signal(int number) {
  const int saved_errno = errno;
  signals_seen.fetch_add(1);
  newest_signal.store(number);
  tarama::cli::Interrupts::wake();
  errno = saved_errno;
}

}  // namespace

Interrupts::Interrupts() {
  TARAMA_ASSERT(write_end.load() == -1, "signals are a thing of the whole process");
  std::array<int, 2> ends{};
  TARAMA_ASSERT(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0, "a new process has descriptors");
  read_end = ends[0];
  write_end.store(ends[1]);
  signals_seen.store(0);
  newest_signal.store(0);

  struct sigaction action {};

  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < handled_signals.size(); ++i) {
    sigaction(handled_signals[i], nullptr, &previous_actions[i]);
    if (!transport::is_ignored(handled_signals[i])) {
      sigaction(handled_signals[i], &action, nullptr);
    }
  }
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < handled_signals.size(); ++i) {
    sigaction(handled_signals[i], &previous_actions[i], nullptr);
  }
  close(write_end.exchange(-1));
  close(read_end);
}

void Interrupts::wait(std::chrono::milliseconds limit) {
  struct pollfd waited {
    read_end, POLLIN, 0
  };

  if (poll(&waited, 1, static_cast<int>(limit.count())) == 1) {
    std::array<char, 64> bytes{};
    [[maybe_unused]] const auto taken = read(read_end, bytes.data(), bytes.size());
  }
}

void Interrupts::wake() {
  const char byte = 1;
  // A full pipe already wakes the waiter: nothing is lost by not writing.
  [[maybe_unused]] const auto written = write(write_end.load(), &byte, 1);
}

int Interrupts::count() const {
  return signals_seen.load();
}

int Interrupts::last_signal() const {
  return newest_signal.load();
}

}  // namespace tarama::cli
