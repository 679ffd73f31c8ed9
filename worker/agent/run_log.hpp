// The log of an attempt: what the worker says of it, and, while it is the only one, what the
// process prints.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <filesystem>
#include <string>

namespace tarama {

/// runs/<run>/attempt-<n>.log in the store.
[[nodiscard]] std::filesystem::path run_log_path(const std::filesystem::path& store,
                                                 RunId run,
                                                 Attempt attempt);

/// A file that lines are appended to, each at once: the process may be killed.
class RunLog {
 public:
  /// Makes the folders; appends to a log that is there.
  [[nodiscard]] static Result<RunLog> open(const std::filesystem::path& path);
  /// Where the worker itself complains: for an attempt whose log cannot be opened.
  [[nodiscard]] static RunLog on_stderr();
  ~RunLog();
  RunLog(RunLog&& other) noexcept;
  RunLog& operator=(RunLog&&) = delete;

  /// A line that cannot be written is lost: training is worth more than its log.
  void say(const std::string& line) const;

 private:
  friend class CapturedOutput;

  explicit RunLog(int file) : file_(file) {}

  int file_;
};

/// Points stdout and stderr of the whole process to a log while it lives, so that a trainer's
/// library and a crash write there as well. One at a time: with several attempts in a process
/// nobody could say whose output it is.
class CapturedOutput {
 public:
  explicit CapturedOutput(const RunLog& log);
  ~CapturedOutput();
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

 private:
  int stdout_before_;
  int stderr_before_;
};

}  // namespace tarama
