// By /proc, and pidfds, so that no other process is ever meant.
#include "orchestrator/workers/left_workers.hpp"

#include "orchestrator/workers/process_identity.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

/// What follows the option; empty: it is not there.
std::string option(const std::vector<std::string>& arguments, const std::string& name) {
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  return found == arguments.end() || std::next(found) == arguments.end() ? std::string()
                                                                         : *std::next(found);
}

std::int64_t number_in(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> command_line_of(const fs::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) {
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// A process, and no later one with its number.
class Handle {
 public:
  explicit Handle(const LeftWorker& worker)
      : descriptor_(static_cast<int>(syscall(SYS_pidfd_open, worker.pid, 0))) {
    if (descriptor_ >= 0 && fate_of_process(worker.pid, worker.process) != ProcessFate::living) {
      ::close(descriptor_);
      descriptor_ = -1;
    }
  }

  ~Handle() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  Handle(Handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

  Handle& operator=(Handle&&) = delete;

  void signal(int number) const {
    if (descriptor_ >= 0) {
      syscall(SYS_pidfd_send_signal, descriptor_, number, nullptr, 0);
    }
  }

  [[nodiscard]] bool has_ended(std::chrono::milliseconds limit) const {
    pollfd end{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return descriptor_ < 0 || ::poll(&end, 1, static_cast<int>(limit.count())) > 0;
  }

 private:
  int descriptor_;
};

}  // namespace

LeftWorker worker_of(const std::vector<std::string>& arguments, const fs::path& store) {
  const std::string session = option(arguments, "--session");
  const bool is_of_store = option(arguments, "--store") == store.string();
  if (session.empty() || !is_of_store || option(arguments, "--connect").empty()) {
    return {};
  }
  return {.pid = 1,
          .worker = WorkerId{number_in(option(arguments, "--worker"))},
          .session = session,
          .device = option(arguments, "--device"),
          .process = {}};
}

std::vector<LeftWorker> workers_on(const fs::path& store) {
  std::error_code ignored;  // a store that is not there has no workers
  const fs::path folder = fs::canonical(store, ignored);
  std::vector<LeftWorker> workers;
  for (fs::directory_iterator it("/proc", ignored), end; it != end; it.increment(ignored)) {
    const std::int64_t pid = number_in(it->path().filename().string());
    if (pid <= 0) {
      continue;
    }
    LeftWorker worker = worker_of(command_line_of(it->path()), folder);
    const std::string process = worker.pid == 0 ? std::string() : identity_of_process(pid);
    if (!process.empty()) {
      worker.pid = pid;
      worker.process = process;
      workers.push_back(std::move(worker));
    }
  }
  std::ranges::sort(workers, {}, &LeftWorker::pid);
  return workers;
}

std::vector<LeftWorker> end_workers(const std::vector<LeftWorker>& workers,
                                    std::chrono::milliseconds limit) {
  using Time = std::chrono::steady_clock;
  // After a kill the kernel only has to take its memory down.
  constexpr std::chrono::seconds time_to_die{10};
  std::vector<Handle> handles;
  for (const LeftWorker& worker : workers) {
    handles.emplace_back(worker).signal(SIGTERM);
  }
  const auto until = Time::now() + limit;
  std::vector<LeftWorker> left;
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - Time::now());
    if (handles[i].has_ended(std::max(rest, std::chrono::milliseconds{0}))) {
      continue;
    }
    handles[i].signal(SIGKILL);
    if (!handles[i].has_ended(time_to_die)) {
      left.push_back(workers[i]);
    }
  }
  return left;
}

}  // namespace tarama::orchestrator
