// Standard output and error into the attempt's log while it runs.
#include "worker/agent/run_log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tarama {

std::filesystem::path run_log_path(const std::filesystem::path& store, RunId run, Attempt attempt) {
  return store / "runs" / fmt::format("{}", run) / fmt::format("attempt-{}.log", attempt);
}

Result<std::unique_ptr<RunLog>> RunLog::open(const std::filesystem::path& path) {
  std::error_code ignored;  // opening the file says what is wrong with its folder
  std::filesystem::create_directories(path.parent_path(), ignored);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return Error{errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io,
                 fmt::format("cannot open the log {}: {}", path.native(), std::strerror(errno))};
  }
  std::fflush(stdout);
  std::fflush(stderr);
  std::unique_ptr<RunLog> log(new RunLog(::dup(STDOUT_FILENO), ::dup(STDERR_FILENO)));
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
  return log;
}

RunLog::RunLog(int stdout_before, int stderr_before)
    : stdout_before_(stdout_before), stderr_before_(stderr_before) {}

RunLog::~RunLog() {
  std::fflush(stdout);
  std::fflush(stderr);
  ::dup2(stdout_before_, STDOUT_FILENO);
  ::dup2(stderr_before_, STDERR_FILENO);
  ::close(stdout_before_);
  ::close(stderr_before_);
}

}  // namespace tarama
