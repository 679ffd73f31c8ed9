// While an attempt runs, what the process prints goes to the attempt's own log.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <filesystem>
#include <memory>

namespace tarama {

/// runs/<run>/attempt-<n>.log in the store.
[[nodiscard]] std::filesystem::path run_log_path(const std::filesystem::path& store,
                                                 RunId run,
                                                 Attempt attempt);

/// Points stdout and stderr of the whole process to a file from its making to its end. One at a
/// time.
class RunLog {
 public:
  /// Makes the folders; appends to a log that is there.
  [[nodiscard]] static Result<std::unique_ptr<RunLog>> open(const std::filesystem::path& path);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

 private:
  RunLog(int stdout_before, int stderr_before);

  int stdout_before_;
  int stderr_before_;
};

}  // namespace tarama
