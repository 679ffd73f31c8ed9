// See left_processes.hpp.
#include "files/left_processes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <ranges>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace tarama::files {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds pause_between_looks{50};
constexpr std::size_t longest_command = 80;
constexpr std::size_t processes_named = 8;
/// What a guard's process calls itself: worker/program/guarded_program.cpp.
constexpr std::string_view command_of_guard{"tarama-worker\0guard\0", 20};

/// Empty: it cannot be read, for processes come and go.
std::string read_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::string> variable_in(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    const std::string_view entry = environment.substr(0, environment.find('\0'));
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
      return std::string(entry.substr(name.size() + 1));
    }
    environment.remove_prefix(std::min(entry.size() + 1, environment.size()));
  }
  return std::nullopt;
}

/// nullopt: it was started by no program of a run. Whoever sets the folder by hand, to try a script
/// in it, does not set the others.
std::optional<fs::path> run_folder_in(std::string_view environment) {
  const bool is_of_program = variable_in(environment, "TARAMA_ATTEMPT").has_value() &&
                             variable_in(environment, "TARAMA_STOP_FILE").has_value();
  const auto folder = is_of_program ? variable_in(environment, "TARAMA_RUN_DIR") : std::nullopt;
  return folder && folder->starts_with('/') ? std::optional<fs::path>(*folder) : std::nullopt;
}

fs::path resolved(const fs::path& path) {
  std::error_code failure;
  fs::path found = fs::weakly_canonical(path, failure);
  return failure ? path.lexically_normal() : found;
}

/// `whole`: resolved.
bool is_within(const fs::path& path, const fs::path& whole) {
  const fs::path real = resolved(path);
  return std::mismatch(whole.begin(), whole.end(), real.begin(), real.end()).first == whole.end();
}

/// Of "PID (NAME) STATE PARENT ...", where NAME may hold anything, parentheses too. nullopt: it is
/// gone.
std::optional<pid_t> parent_of(const fs::path& proc, pid_t pid) {
  const std::string text = read_of(proc / std::to_string(pid) / "stat");
  const std::size_t end = text.rfind(')');
  pid_t parent = 0;
  if (end == std::string::npos || end + 4 >= text.size() ||
      std::from_chars(text.data() + end + 4, text.data() + text.size(), parent).ec != std::errc{}) {
    return std::nullopt;
  }
  return parent;
}

bool is_guard(const fs::path& proc, pid_t pid) {
  return read_of(proc / std::to_string(pid) / "cmdline").starts_with(command_of_guard);
}

enum class Above { nobody, guard, unknown };

Above who_is_above(const fs::path& proc, pid_t pid) {
  while (pid > 1) {
    if (is_guard(proc, pid)) {
      return Above::guard;
    }
    const auto parent = parent_of(proc, pid);
    if (!parent) {
      return Above::unknown;
    }
    pid = *parent;
  }
  return Above::nobody;
}

/// Nobody watches over it. Where one above it ends while we look, we look again; what is never
/// sure counts as watched over.
bool is_alone(const fs::path& proc, pid_t pid) {
  constexpr int looks = 5;
  for (int look = 0; look < looks; ++look) {
    const Above above = who_is_above(proc, pid);
    if (above != Above::unknown) {
      return above == Above::nobody;
    }
  }
  return false;
}

bool is_above_us(const fs::path& proc, pid_t pid) {
  for (pid_t at = ::getpid(); at > 0; at = parent_of(proc, at).value_or(0)) {
    if (at == pid) {
      return true;
    }
  }
  return false;
}

std::string command_at(const fs::path& process) {
  std::string command = read_of(process / "cmdline");
  std::ranges::replace(command, '\0', ' ');
  std::ranges::replace_if(  // it is put into logs, and on terminals
      command,
      [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == '\x7f'; },
      '?');
  command = command.substr(0, command.find_last_not_of(' ') + 1);
  if (command.size() > longest_command) {
    command.resize(longest_command);
    command += "...";
  }
  return command;
}

bool is_ours(const fs::path& process) {
  struct stat seen {};

  return ::stat(process.c_str(), &seen) == 0 && seen.st_uid == ::getuid();
}

std::optional<LeftProcess> left_at(const fs::path& process, const fs::path& within) {
  const std::string name = process.filename();
  pid_t pid = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (read.ec != std::errc{} || pid <= 1 || !is_ours(process)) {
    return std::nullopt;
  }
  const auto folder = run_folder_in(read_of(process / "environ"));
  const fs::path proc = process.parent_path();
  if (!folder || !is_within(*folder, within) || !is_alone(proc, pid) || is_above_us(proc, pid)) {
    return std::nullopt;
  }
  return LeftProcess{.pid = pid, .run_folder = *folder, .command = command_at(process)};
}

void signal_each(const std::vector<LeftProcess>& processes, int number) {
  for (const LeftProcess& process : processes) {
    ::kill(process.pid, number);
  }
}

/// Looks until nothing is left, for so long; before each pause `number` is sent, if any.
std::vector<LeftProcess> wait_for_end(const fs::path& within, milliseconds limit, int number) {
  for (milliseconds waited{0};; waited += pause_between_looks) {
    std::vector<LeftProcess> left = left_processes(within);
    if (left.empty() || waited >= limit) {
      return left;
    }
    signal_each(left, number);  // just seen: no other process has the number by now
    std::this_thread::sleep_for(pause_between_looks);
  }
}

}  // namespace

std::vector<LeftProcess> left_processes(const fs::path& within, const fs::path& proc) {
  const fs::path whole = resolved(within);
  std::vector<LeftProcess> left;
  std::error_code failure;  // what cannot be listed leaves nothing
  for (fs::directory_iterator it(proc, failure), end; it != end && !failure;
       it.increment(failure)) {
    if (auto process = left_at(it->path(), whole)) {
      left.push_back(std::move(*process));
    }
  }
  std::ranges::sort(left, {}, &LeftProcess::pid);
  return left;
}

EndedProcesses end_left_processes(const fs::path& within) {
  EndedProcesses ended{.all = left_processes(within), .still = {}};
  if (ended.all.empty()) {
    return ended;
  }
  signal_each(ended.all, SIGTERM);
  signal_each(ended.all, SIGCONT);  // what is stopped sees it as well
  constexpr int none = 0;
  if (!wait_for_end(within, left_processes_may_take, none).empty()) {
    ended.still = wait_for_end(within, left_processes_are_killed_for, SIGKILL);
  }
  return ended;
}

std::string names_of(const std::vector<LeftProcess>& processes) {
  std::string names;
  for (const LeftProcess& process : processes | std::views::take(processes_named)) {
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", process.pid, process.command);
  }
  const std::size_t more = processes.size() - std::min(processes.size(), processes_named);
  return more == 0 ? names : fmt::format("{}, and {} more", names, more);
}

}  // namespace tarama::files
