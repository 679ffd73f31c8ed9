// Running tarama's programs as a user does, from tests: to the end with all that they printed,
// or in the background. Nothing sleeps; a program that hangs is killed at a generous deadline
// and the test says so.
#pragma once

#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tarama::test {

struct ProgramResult {
  int exit_code = -1;  // -1: ended by a signal, or killed at the deadline
  std::string output;
  std::string errors;

  /// Standard output as JSON; fails the test, with everything that was printed, if it is none.
  [[nodiscard]] nlohmann::json json() const {
    nlohmann::json document = nlohmann::json::parse(output, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << "not JSON: " << output << "\n" << errors;
    return document;
  }
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// A child with its two outputs in pipes.
class Program {
 public:
  Program(std::vector<std::string> command, const Environment& environment) {
    std::array<int, 2> output{};
    std::array<int, 2> errors{};
    EXPECT_EQ(pipe2(output.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(errors.data(), O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output[1], 1);
      dup2(errors[1], 2);
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
    close(output[1]);
    close(errors[1]);
    output_ = output[0];
    errors_ = errors[0];
  }

  ~Program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_);
    close(errors_);
  }

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// On its standard output, as far as it was read.
  [[nodiscard]] const std::string& printed() const { return result_.output; }

  void signal(int number) const { kill(pid_, number); }

  /// Reads both outputs until `wanted` stands in one of them; false: the program ended first.
  bool read_until(const std::string& wanted) {
    while (result_.output.find(wanted) == std::string::npos &&
           result_.errors.find(wanted) == std::string::npos) {
      if (!read_some()) {
        return false;
      }
    }
    return true;
  }

  /// Waits for its end.
  ProgramResult finish() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result_;
  }

 private:
  // No program of the tests takes longer, on a machine under sanitizers and load.
  static constexpr std::chrono::milliseconds longest{240'000};

  bool read_some() {
    std::array<pollfd, 2> pipes = {
        pollfd{.fd = is_open_[0] ? output_ : -1, .events = POLLIN, .revents = 0},
        pollfd{.fd = is_open_[1] ? errors_ : -1, .events = POLLIN, .revents = 0}};
    if (!is_open_[0] && !is_open_[1]) {
      return false;
    }
    if (poll(pipes.data(), pipes.size(), static_cast<int>(longest.count())) == 0) {
      ADD_FAILURE() << "the program printed nothing and did not end: " << result_.output
                    << result_.errors;
      kill(pid_, SIGKILL);
      return false;
    }
    read_pipe(pipes[0], is_open_[0], result_.output);
    read_pipe(pipes[1], is_open_[1], result_.errors);
    return true;
  }

  static void read_pipe(const pollfd& pipe, bool& is_open, std::string& text) {
    if (pipe.fd < 0 || pipe.revents == 0) {
      return;
    }
    std::array<char, 65536> buffer{};
    const ssize_t count = read(pipe.fd, buffer.data(), buffer.size());
    is_open = count > 0;
    text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  pid_t pid_ = 0;
  int output_ = -1;
  int errors_ = -1;
  std::array<bool, 2> is_open_ = {true, true};
  ProgramResult result_;
};

inline ProgramResult run_program(std::vector<std::string> command,
                                 const Environment& environment = {}) {
  return Program(std::move(command), environment).finish();
}

}  // namespace tarama::test
