// See guarded_program.hpp.
#include "worker/program/guarded_program.hpp"

#include "worker/program/program_guard.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tarama::program {

namespace {

// Beyond the descriptors that the guard gets, so that none of them is overwritten on the way.
constexpr int lowest_own_descriptor = 10;

struct Pipe {
  int reading = -1;
  int writing = -1;
};

void close_if_open(int& descriptor) {
  if (descriptor >= 0) {
    ::close(descriptor);
    descriptor = -1;
  }
}

/// -1, with errno, where there are no more descriptors.
int moved_up(int descriptor) {
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, lowest_own_descriptor);
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return moved;
}

bool open_pipe(Pipe& pipe) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return false;
  }
  pipe.reading = moved_up(ends[0]);
  pipe.writing = moved_up(ends[1]);
  return pipe.reading >= 0 && pipe.writing >= 0;
}

/// What the guard gets where there is no journal. -1, with errno, where there are no more
/// descriptors.
int open_nowhere() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  return nowhere < 0 ? nowhere : moved_up(nowhere);
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& changes) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    bool is_changed = false;
    for (const auto& [changed, value] : changes) {
      is_changed = is_changed || changed == name;
    }
    if (!is_changed) {
      variables.emplace_back(text);
    }
  }
  for (const auto& [name, value] : changes) {
    if (value) {
      variables.push_back(fmt::format("{}={}", name, *value));
    }
  }
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// What the guard is to find at its start, whatever this process has.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;
    ::sigemptyset(&usual);
    for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGCHLD}) {
      ::sigaddset(&usual, number);
    }
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    // A session of its own: a terminal's Ctrl-C is for the worker, which passes it on.
    ::posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
    ::posix_spawn_file_actions_init(&actions_);
  }

  ~SpawnAttributes() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  void give(int descriptor, int as) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor, as);
  }

  /// 0, or an errno.
  int spawn(pid_t& process,
            std::vector<std::string>& arguments,
            std::vector<std::string>& variables) {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    return ::posix_spawn(&process,
                         "/proc/self/exe",
                         &actions_,
                         &attributes_,
                         pointers_to(arguments).data(),
                         pointers_to(variables).data());
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

Error cannot_start(int reason) {
  return {Errc::io,
          fmt::format("no process can be started for the program: {}", std::strerror(reason))};
}

}  // namespace

Result<GuardedProgram> GuardedProgram::start(const ProgramStart& start) {
  Pipe lifeline;
  Pipe output;
  Pipe errors;
  Pipe reports;
  GuardedProgram program;
  int nowhere = start.journal < 0 ? open_nowhere() : -1;
  bool has_pipes = start.journal >= 0 || nowhere >= 0;
  for (Pipe* const pipe : {&lifeline, &output, &errors, &reports}) {
    has_pipes = has_pipes && open_pipe(*pipe);
  }
  int reason = has_pipes ? 0 : errno;
  program.lifeline_ = lifeline.writing;
  program.output_ = output.reading;
  program.errors_ = errors.reading;
  program.reports_ = reports.reading;
  if (has_pipes) {
    SpawnAttributes spawning;
    spawning.give(output.writing, STDOUT_FILENO);
    spawning.give(errors.writing, STDERR_FILENO);
    spawning.give(lifeline.reading, lifeline_descriptor);
    spawning.give(reports.writing, report_descriptor);
    spawning.give(start.journal < 0 ? nowhere : start.journal, journal_descriptor);
    spawning.give(output.reading, output_descriptor);
    std::vector<std::string> arguments = {"tarama-worker", "guard", start.folder};
    arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
    std::vector<std::string> variables = environment_with(start.environment);
    reason = spawning.spawn(program.guard_, arguments, variables);
  }
  for (int* const theirs :
       {&lifeline.reading, &output.writing, &errors.writing, &reports.writing, &nowhere}) {
    close_if_open(*theirs);
  }
  if (reason != 0) {
    program.guard_ = -1;
    return cannot_start(reason);
  }
  for (const int ours : {program.output_, program.errors_, program.reports_}) {
    ::fcntl(ours, F_SETFL, O_NONBLOCK);
  }
  return program;
}

GuardedProgram::GuardedProgram(GuardedProgram&& other) noexcept
    : guard_(std::exchange(other.guard_, -1)),
      lifeline_(std::exchange(other.lifeline_, -1)),
      output_(std::exchange(other.output_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      reports_(std::exchange(other.reports_, -1)),
      report_(std::move(other.report_)),
      end_(std::move(other.end_)) {}

GuardedProgram::~GuardedProgram() {
  close_if_open(lifeline_);  // what still runs is killed for it
  for (int* const descriptor : {&output_, &errors_}) {
    close_if_open(*descriptor);
  }
  if (guard_ > 0) {
    while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  close_if_open(reports_);
}

void GuardedProgram::order(char what) const {
  // A guard that is gone has nothing left to be ordered; SIGPIPE is ignored by workers.
  (void)!::write(lifeline_, &what, 1);
}

void GuardedProgram::ask_to_end() {
  order(static_cast<char>(GuardOrder::ask_to_end));
}

void GuardedProgram::kill() {
  order(static_cast<char>(GuardOrder::kill));
}

void GuardedProgram::take_reports() {
  std::array<char, 256> block{};
  for (;;) {
    const ssize_t count = ::read(reports_, block.data(), block.size());
    if (count > 0) {
      report_.append(block.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      is_guard_gone_ = true;
      return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

const std::optional<ProgramEnd>& GuardedProgram::end() {
  if (end_) {
    return end_;
  }
  take_reports();
  const auto number_behind = [&](std::string_view word) -> std::optional<int> {
    const std::size_t at = report_.find(word);
    int number = 0;
    if (at == std::string::npos || report_.find('\n', at) == std::string::npos) {
      return std::nullopt;
    }
    const char* const first = report_.data() + at + word.size();
    std::from_chars(first, report_.data() + report_.size(), number);
    return number;
  };
  if (const auto problem = number_behind("error ")) {
    end_ = ProgramEnd{.start_problem = *problem};
  } else if (const auto status = number_behind("exit ")) {
    end_ = ProgramEnd{.status = *status};
  } else if (is_guard_gone_) {
    end_ = ProgramEnd{.is_known = false};
  }
  return end_;
}

}  // namespace tarama::program
