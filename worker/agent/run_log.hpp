// The log of an attempt: what the worker says of it, and, while it is the only one, what the
// process prints.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

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
  friend class ProcessOutput;

  explicit RunLog(int file) : file_(file) {}

  int file_;
};

/// Where stdout and stderr of the whole process go, so that a trainer's library and a crash write
/// into an attempt's log as well: to the log of the one attempt that is at work. Where there are
/// several, nobody could say whose output it is; it goes where it went before any began. Any
/// thread.
class ProcessOutput {
 public:
  ProcessOutput();
  ~ProcessOutput();
  ProcessOutput(const ProcessOutput&) = delete;
  ProcessOutput& operator=(const ProcessOutput&) = delete;

  /// Of an attempt at work, whose log outlives it.
  class Share {
   public:
    Share(ProcessOutput& output, const RunLog& log);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    ProcessOutput& output_;
    const RunLog& log_;
  };

 private:
  void point();  // with the lock held

  int stdout_before_;
  int stderr_before_;
  std::mutex mutex_;  // of the next
  std::vector<const RunLog*> logs_;
};

}  // namespace tarama
