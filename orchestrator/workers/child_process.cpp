// posix_spawn, a pidfd to watch, a pipe to read.
#include "orchestrator/workers/child_process.hpp"

#include "orchestrator/devices/processors.hpp"
#include "transport/process_signals.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace tarama::orchestrator {
namespace {

// glibc 2.36 has pidfd_open, older ones only the system call.
int open_pidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

std::vector<std::string> merged_environment(const ProcessStart& start) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    bool is_replaced = false;
    for (const auto& [key, value] : start.environment) {
      is_replaced = is_replaced || key == name;
    }
    if (!is_replaced) {
      merged.emplace_back(text);
    }
  }
  for (const auto& [key, value] : start.environment) {
    merged.push_back(fmt::format("{}={}", key, value));
  }
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// What we were started to ignore, our children ignore as well: a hang-up must not end them either.
sigset_t all_but_the_ignored() {
  sigset_t set;
  sigfillset(&set);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (transport::is_ignored(signal)) {
      sigdelset(&set, signal);
    }
  }
  return set;
}

/// posix_spawn's two objects, released on every way out.
struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    const sigset_t handled = all_but_the_ignored();
    posix_spawnattr_setsigdefault(&attributes, &handled);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }

  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }

  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

/// A file that is locked as long as anybody has it open.
class HeldLock {
 public:
  explicit HeldLock(int descriptor) : descriptor_(descriptor) {}

  ~HeldLock() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }

  HeldLock(HeldLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

  HeldLock& operator=(HeldLock&&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;  // -1: none
};

Result<HeldLock> take_lock(const std::string& path) {
  if (path.empty()) {
    return HeldLock(-1);
  }
  HeldLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor() < 0) {
    return Error{Errc::io, fmt::format("cannot open {}: {}", path, std::strerror(errno))};
  }
  if (flock(lock.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::refused, fmt::format("another process holds {}", path)};
  }
  return lock;
}

Result<pid_t> spawn(const ProcessStart& start, SpawnSettings& settings) {
  const Result<HeldLock> lock = take_lock(start.lock);
  if (!lock) {
    return lock.error();
  }
  const bool is_locked = lock->descriptor() >= 0;
  if (is_locked) {
    posix_spawn_file_actions_adddup2(&settings.files, lock->descriptor(), 3);
  }
  // A child that held our sockets would keep them open, and peers waiting, after our own end.
  posix_spawn_file_actions_addclosefrom_np(&settings.files, is_locked ? 4 : 3);
  std::vector<std::string> arguments = {start.program};
  arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
  std::vector<std::string> environment = merged_environment(start);
  pid_t pid = 0;
  // A child has the processors of the thread that starts it, from its first instruction on.
  const ThreadOnProcessors chosen(start.processors);
  const int error = posix_spawnp(&pid,
                                 start.program.c_str(),
                                 &settings.files,
                                 &settings.attributes,
                                 pointers_to(arguments).data(),
                                 pointers_to(environment).data());
  if (error != 0) {
    return Error{Errc::io, fmt::format("cannot start {}: {}", start.program, std::strerror(error))};
  }
  return pid;
}

ProcessEnd end_of(int status) {
  if (WIFSIGNALED(status)) {
    return {.code = 0, .signal = WTERMSIG(status), .is_known = true};
  }
  return {.code = WEXITSTATUS(status), .signal = 0, .is_known = true};
}

}  // namespace

struct ChildProcess::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor executor, Ended when_ended)
      : ending(std::move(executor)), ended(std::move(when_ended)) {}

  boost::asio::posix::stream_descriptor ending;
  Ended ended;
  pid_t pid = 0;
  bool is_reaped = false;
  bool is_group_to_end = false;

  void wait_for_end() {
    ending.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error) {
                          self->reap();
                        }
                      });
  }

  void reap() {
    int status = 0;
    if (is_group_to_end && !is_reaped) {
      kill(-pid, SIGKILL);  // until it is reaped, nobody else can have the group's number
    }
    if (is_reaped || waitpid(pid, &status, 0) != pid) {
      return;
    }
    is_reaped = true;
    ending.close();
    if (ended) {
      std::exchange(ended, nullptr)(end_of(status));
    }
  }
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ProcessStart& start,
                                                          boost::asio::any_io_executor executor,
                                                          Ended ended) {
  SpawnSettings settings;
  const char* output = start.output.empty() ? "/dev/null" : start.output.c_str();
  posix_spawn_file_actions_addopen(&settings.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&settings.files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&settings.files, 1, 2);
  Result<pid_t> pid = spawn(start, settings);
  if (!pid) {
    return pid.error();
  }
  auto state = std::make_shared<State>(std::move(executor), std::move(ended));
  state->pid = *pid;
  const int pidfd = open_pidfd(*pid);
  if (pidfd < 0) {
    const int error = errno;
    kill(*pid, SIGKILL);
    waitpid(*pid, nullptr, 0);
    return Error{Errc::io,
                 fmt::format("cannot watch {}: {} (tarama needs Linux 5.3 or newer)",
                             start.program,
                             std::strerror(error))};
  }
  state->ending.assign(pidfd);
  state->wait_for_end();
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(state)));
}

ChildProcess::ChildProcess(std::shared_ptr<State> state) : state_(std::move(state)) {}

ChildProcess::~ChildProcess() {
  state_->ended = nullptr;
  if (!state_->is_reaped) {
    end_group(SIGKILL);
    state_->reap();
  }
}

pid_t ChildProcess::pid() const {
  return state_->pid;
}

void ChildProcess::signal(int number) {
  if (!state_->is_reaped) {
    kill(state_->pid, number);
  }
}

void ChildProcess::end_group(int number) {
  if (!state_->is_reaped) {
    state_->is_group_to_end = true;
    kill(-state_->pid, number);
  }
}

namespace {

/// What comes through the pipe until its end, or why nobody waits for that any more.
Result<std::string> read_all(int pipe,
                             std::chrono::steady_clock::time_point end,
                             const std::stop_token& stop) {
  constexpr int milliseconds_a_look = 50;  // a person does not notice
  std::string output;
  std::array<char, 4096> buffer{};
  while (!stop.stop_requested()) {
    struct pollfd asked {
      pipe, POLLIN, 0
    };

    if (poll(&asked, 1, milliseconds_a_look) == 1) {
      const ssize_t count = read(pipe, buffer.data(), buffer.size());
      if (count <= 0) {
        return output;
      }
      output.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (std::chrono::steady_clock::now() > end) {
      return Error{Errc::timed_out,
                   fmt::format("it did not end in time, and was killed; it printed: {}",
                               output.empty() ? "nothing" : output)};
    }
  }
  return Error{Errc::timed_out, "interrupted"};
}

}  // namespace

Result<std::string> output_of(const ProcessStart& start,
                              std::chrono::milliseconds limit,
                              const std::stop_token& stop) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    return Error{Errc::io, fmt::format("cannot make a pipe: {}", std::strerror(errno))};
  }
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&settings.files, pipe_ends[1], 1);
  posix_spawn_file_actions_adddup2(&settings.files, pipe_ends[1], 2);
  Result<pid_t> pid = spawn(start, settings);
  close(pipe_ends[1]);
  Result<std::string> output =
      pid ? read_all(pipe_ends[0], std::chrono::steady_clock::now() + limit, stop) : pid.error();
  close(pipe_ends[0]);
  if (!pid) {
    return pid.error();
  }
  if (!output) {
    kill(-*pid, SIGKILL);
  }
  int status = 0;
  waitpid(*pid, &status, 0);
  if (!output) {
    return in_context(start.program, output.error());
  }
  if (const ProcessEnd end = end_of(status); end.code != 0 || end.signal != 0) {
    return Error{Errc::io,
                 fmt::format("{} ended with {} {}: {}",
                             start.program,
                             end.signal != 0 ? "signal" : "code",
                             end.signal != 0 ? end.signal : end.code,
                             output->empty() ? "it printed nothing" : *output)};
  }
  return output;
}

}  // namespace tarama::orchestrator
