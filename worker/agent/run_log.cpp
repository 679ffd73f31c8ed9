// Lines into the attempt's log, and standard output and error with them.
#include "worker/agent/run_log.hpp"

#include "files/folders.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama {

std::filesystem::path run_log_path(const std::filesystem::path& store, RunId run, Attempt attempt) {
  return store / "runs" / fmt::format("{}", run) / fmt::format("attempt-{}.log", attempt);
}

Result<RunLog> RunLog::open(const std::filesystem::path& path) {
  // Opening the file says what is wrong with its folder.
  static_cast<void>(files::make_folder(path.parent_path()));
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return Error{errno == ENOSPC || errno == EDQUOT ? Errc::disk_full : Errc::io,
                 fmt::format("cannot open the log {}: {}", path.native(), std::strerror(errno))};
  }
  return RunLog(file);
}

RunLog RunLog::on_stderr() {
  return RunLog(::dup(STDERR_FILENO));
}

RunLog::~RunLog() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

RunLog::RunLog(RunLog&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

void RunLog::say(const std::string& line) const {
  const std::string text = line + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

ProcessOutput::ProcessOutput()
    : stdout_before_(::dup(STDOUT_FILENO)), stderr_before_(::dup(STDERR_FILENO)) {}

ProcessOutput::~ProcessOutput() {
  ::close(stdout_before_);
  ::close(stderr_before_);
}

void ProcessOutput::point() {
  std::fflush(stdout);
  std::fflush(stderr);
  const int log = logs_.size() == 1 ? logs_.front()->file_ : -1;
  ::dup2(log >= 0 ? log : stdout_before_, STDOUT_FILENO);
  ::dup2(log >= 0 ? log : stderr_before_, STDERR_FILENO);
}

ProcessOutput::Share::Share(ProcessOutput& output, const RunLog& log) : output_(output), log_(log) {
  const std::lock_guard lock(output_.mutex_);
  output_.logs_.push_back(&log_);
  output_.point();
}

ProcessOutput::Share::~Share() {
  const std::lock_guard lock(output_.mutex_);
  std::erase(output_.logs_, &log_);
  output_.point();
}

}  // namespace tarama
