// One thread and system calls alone. The kernel gives orphans to the nearest ancestor that asks for
// them (a subreaper): so everything that the program starts stays below the guard, however it
// forks.
#include "worker/program/program_guard.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tarama::program {

namespace {

using GuardClock = std::chrono::steady_clock;

// What a program leaves behind at its end (a logger, a loader's process) has so long to see
// SIGTERM.
constexpr std::chrono::seconds time_for_leftovers{2};
// Between two rounds of killing: what was killed needs a moment to go.
constexpr int killing_pause_ms = 5;
// What SIGKILL does not end hangs in the kernel (a dead network disk): nothing of ours can.
constexpr std::chrono::seconds longest_killing{10};
constexpr std::array guard_descriptors = {
    lifeline_descriptor, report_descriptor, journal_descriptor, output_descriptor};
constexpr std::array ignored_signals = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

void tell(std::string_view word, int number) {
  std::array<char, 64> line{};
  const int length = std::snprintf(line.data(), line.size(), "%s %d\n", word.data(), number);
  std::string_view rest(line.data(), static_cast<std::size_t>(length));
  while (!rest.empty()) {
    const ssize_t written = ::write(report_descriptor, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) {
      return;  // the worker is gone: nobody wants to know
    }
    rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

/// The parent of a process, of /proc/PID/stat; 0: it is gone.
pid_t parent_of(const char* pid) {
  std::array<char, 512> text{};
  const std::string path = std::string("/proc/") + pid + "/stat";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  const ssize_t count = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  // "PID (NAME) STATE PARENT ...", where NAME may hold anything, parentheses too.
  const std::string_view line(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const std::size_t end = line.rfind(')');
  if (end == std::string_view::npos || end + 4 >= line.size()) {
    return 0;
  }
  pid_t parent = 0;
  std::from_chars(line.data() + end + 4, line.data() + line.size(), parent);
  return parent;
}

std::vector<pid_t> descendants() {
  std::multimap<pid_t, pid_t> children;
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) {
    return {};
  }
  while (const dirent* const entry = ::readdir(folder)) {
    pid_t pid = 0;
    const char* const name = static_cast<const char*>(entry->d_name);
    if (std::from_chars(name, name + std::strlen(name), pid).ec == std::errc{} && pid > 0) {
      children.emplace(parent_of(name), pid);
    }
  }
  ::closedir(folder);
  std::vector<pid_t> found;
  std::vector<pid_t> open = {::getpid()};
  while (!open.empty()) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = first; child != last; ++child) {
      found.push_back(child->second);
      open.push_back(child->second);
    }
  }
  return found;
}

void signal_all(int number) {
  for (const pid_t pid : descendants()) {
    ::kill(pid, number);
  }
}

class Guard {
 public:
  Guard(pid_t program, int signals) : program_(program), signals_(signals) {}

  /// Until nothing is left of the program; then what it ended with, as waitpid says.
  int watch() {
    reap();
    while (has_children_ && !has_given_up()) {
      look();
      reap();
      if (status_ && !asked_ && !leftovers_until_) {
        signal_all(SIGTERM);
        leftovers_until_ = GuardClock::now() + time_for_leftovers;
      }
      if (leftovers_until_ && GuardClock::now() >= *leftovers_until_) {
        begin_to_kill();
      }
      if (killing_since_) {
        signal_all(SIGKILL);
        reap();
      }
    }
    return status_.value_or(SIGKILL);
  }

 private:
  void begin_to_kill() { killing_since_ = killing_since_.value_or(GuardClock::now()); }

  [[nodiscard]] bool has_given_up() const {
    return killing_since_ && GuardClock::now() - *killing_since_ > longest_killing;
  }

  [[nodiscard]] int patience() const {
    if (killing_since_) {
      return killing_pause_ms;
    }
    constexpr int for_leftovers = 50;  // they mostly go at once, and that is a signal
    return leftovers_until_ ? for_leftovers : -1;
  }

  void look() {
    std::array<pollfd, 2> sources = {pollfd{is_worker_gone_ ? -1 : lifeline_descriptor, POLLIN, 0},
                                     pollfd{signals_, POLLIN, 0}};
    if (::poll(sources.data(), sources.size(), patience()) < 0) {
      return;  // EINTR
    }
    if (sources[1].revents != 0) {
      std::array<signalfd_siginfo, 16> ended{};
      (void)!::read(signals_, ended.data(), sizeof(ended));
    }
    if (sources[0].revents != 0) {
      obey();
    }
  }

  void obey() {
    std::array<char, 16> orders{};
    const ssize_t count = ::read(lifeline_descriptor, orders.data(), orders.size());
    if (count < 0 && errno == EINTR) {
      return;
    }
    if (count <= 0) {
      is_worker_gone_ = true;
      begin_to_kill();
      return;
    }
    for (const char order : std::string_view(orders.data(), static_cast<std::size_t>(count))) {
      if (order == static_cast<char>(GuardOrder::ask_to_end)) {
        asked_ = true;
        ::kill(-program_, SIGTERM);
        ::kill(-program_, SIGCONT);  // what is stopped sees the signal as well
      } else {
        begin_to_kill();
      }
    }
  }

  void reap() {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, WNOHANG);
      if (ended < 0 && errno == EINTR) {
        continue;
      }
      if (ended <= 0) {
        has_children_ = ended == 0;
        return;
      }
      if (ended == program_) {
        status_ = status;
      }
    }
  }

  pid_t program_;
  int signals_;
  bool has_children_ = true;
  bool asked_ = false;
  bool is_worker_gone_ = false;
  std::optional<int> status_;
  std::optional<GuardClock::time_point> leftovers_until_;
  std::optional<GuardClock::time_point> killing_since_;
};

/// In the child: becomes the program, or writes why not to `problem`.
[[noreturn]] void become_program(char** argv, pid_t guard, int problem) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != guard) {
    ::_exit(1);  // the guard was killed before the line above
  }
  for (const int descriptor : guard_descriptors) {
    ::close(descriptor);
  }
  for (const int number : ignored_signals) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(argv[0]) == 0) {
    ::execvp(argv[1], argv + 1);
  }
  const int reason = errno;
  (void)!::write(problem, &reason, sizeof(reason));
  ::_exit(127);
}

void close_all_others() {
  constexpr unsigned int first_other = output_descriptor + 1;
  ::syscall(SYS_close_range, first_other, ~0U, 0);
}

/// 0: it runs; else why not.
int problem_in(int descriptor) {
  int reason = 0;
  ssize_t count = 0;
  do {
    count = ::read(descriptor, &reason, sizeof(reason));
  } while (count < 0 && errno == EINTR);
  ::close(descriptor);
  return count == sizeof(reason) ? reason : 0;
}

/// Until it has read what it wants, or is gone.
void wait_for_the_worker() {
  std::array<char, 16> orders{};
  ssize_t count = 0;
  do {
    count = ::read(lifeline_descriptor, orders.data(), orders.size());
  } while (count > 0 || (count < 0 && errno == EINTR));
}

/// What cannot be written is lost: nobody is left to be told.
void keep_unread_output() {
  ::fcntl(output_descriptor, F_SETFL, O_NONBLOCK);
  ::lseek(journal_descriptor, 0, SEEK_END);
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t count = ::read(output_descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return;
    }
    std::string_view rest(block.data(), static_cast<std::size_t>(count));
    while (!rest.empty()) {
      const ssize_t written = ::write(journal_descriptor, rest.data(), rest.size());
      if (written < 0 && errno != EINTR) {
        return;
      }
      rest.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
  }
}

}  // namespace

int guard_main(int argc, char** argv) {
  constexpr int first_argument = 2;  // behind the program's name and `guard`
  if (argc < first_argument + 2) {
    return 2;
  }
  close_all_others();
  for (const int descriptor : guard_descriptors) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (const int number : ignored_signals) {
    ::signal(number, SIG_IGN);  // what is to end, the worker says
  }
  sigset_t child_ended;
  ::sigemptyset(&child_ended);
  ::sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const int signals = ::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
  std::array<int, 2> start{-1, -1};
  if (signals < 0 || ::pipe2(start.data(), O_CLOEXEC) != 0) {
    tell("error", errno);
    return 1;
  }
  const pid_t self = ::getpid();
  const pid_t program = ::fork();
  if (program == 0) {
    become_program(argv + first_argument, self, start[1]);
  }
  const int fork_problem = program < 0 ? errno : 0;
  ::close(start[1]);
  ::close(STDOUT_FILENO);  // the program's alone: so that their end is its end
  ::close(STDERR_FILENO);
  const int reason = program < 0 ? fork_problem : problem_in(start[0]);
  if (reason != 0) {
    tell("error", reason);
    return 1;
  }
  tell("pid", program);
  const int status = Guard(program, signals).watch();
  tell("exit", status);
  wait_for_the_worker();
  keep_unread_output();
  return 0;
}

}  // namespace tarama::program
