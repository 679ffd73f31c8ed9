// A program at a terminal of its own: what is typed reaches it as the terminal's signals, and the
// terminal can be closed under it.
#pragma once

#include "tests/support/program.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <pty.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tarama::test {

class TerminalProgram {
 public:
  TerminalProgram(std::vector<std::string> command, const Environment& environment) {
    winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      setenv("TERM", "xterm-256color", 1);
      for (const auto& [name, value] : environment) {
        setenv(name.c_str(), value.c_str(), 1);
      }
      std::vector<char*> arguments;
      for (std::string& argument : command) {
        arguments.push_back(argument.data());
      }
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
  }

  ~TerminalProgram() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    hang_up();
  }

  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;

  /// Reads until `wanted` has been shown; false: the program ended first.
  bool read_until(std::string_view wanted) {
    while (shown_.find(wanted) == std::string::npos) {
      if (!read_some()) {
        return false;
      }
    }
    return true;
  }

  void type(std::string_view keys) const {
    EXPECT_EQ(write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  /// The terminal's window is closed, the connection to it lost.
  void hang_up() {
    if (terminal_ >= 0) {
      close(terminal_);
      terminal_ = -1;
    }
  }

  /// Waits for its end; -1: it was ended by a signal.
  int finish() {
    while (terminal_ >= 0 && read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// Everything that was written to the terminal.
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  // A program that draws shows something several times a second; one that is stopped, nothing.
  static constexpr std::chrono::milliseconds a_moment{100};
  static constexpr int most_silent_moments = 2400;  // no program of the tests takes longer

  /// False: the program has closed its side.
  bool read_some() {
    pollfd terminal{.fd = terminal_, .events = POLLIN, .revents = 0};
    if (poll(&terminal, 1, static_cast<int>(a_moment.count())) == 0) {
      if (++silent_moments_ < most_silent_moments) {
        return true;
      }
      ADD_FAILURE() << "the program showed nothing and did not end: " << shown_;
      kill(pid_, SIGKILL);
      return false;
    }
    silent_moments_ = 0;
    std::array<char, 65536> buffer{};
    const ssize_t count = read(terminal_, buffer.data(), buffer.size());
    shown_.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    return count > 0;
  }

  pid_t pid_ = 0;
  int terminal_ = -1;
  int silent_moments_ = 0;
  std::string shown_;
};

}  // namespace tarama::test
