// Starting a program and learning of its end, without threads and without signals: the end comes
// through a pidfd, so that two services in one process do not fight over SIGCHLD.
#pragma once

#include "core/sweep/result.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tarama::orchestrator {

struct ProcessStart {
  std::string program;
  std::vector<std::string> arguments;                            // without the program's name
  std::vector<std::pair<std::string, std::string>> environment;  // set or replaced
  std::string output;  // file that stdout and stderr are appended to; empty: /dev/null
  /// A file that it holds locked until it, and all that it has started, have ended, also if we die
  /// before; empty: none. Where another process holds it the start is `refused`.
  std::string lock{};
  std::vector<int> processors{};  // that it runs on; empty: those that we do
};

/// How a process ended: `signal` 0 means by itself, with `code`.
struct ProcessEnd {
  int code = 0;
  int signal = 0;
  bool is_known = true;  // false: it was no child of ours, and nobody told
};

/// A running child. It is in a process group of its own, so that a terminal's Ctrl-C reaches
/// the orchestrator alone. Destroying this kills it with its group, and reaps it.
class ChildProcess {
 public:
  using Ended = std::function<void(ProcessEnd)>;

  /// `ended` is called once, on the executor, when the process has ended.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> start(
      const ProcessStart& start, boost::asio::any_io_executor executor, Ended ended);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const;
  void signal(int number);
  /// To all of its group; what is left of it when the child itself has ended is killed.
  void end_group(int number);

 private:
  struct State;
  explicit ChildProcess(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Runs a program to its end and gives what it printed; blocks. `io` with the reason where it
/// cannot be started or exits with another code than 0; `timed_out` where it takes longer than
/// `limit`, or `stop` is asked for: then it is killed.
[[nodiscard]] Result<std::string> output_of(const ProcessStart& start,
                                            std::chrono::milliseconds limit,
                                            const std::stop_token& stop = {});

}  // namespace tarama::orchestrator
