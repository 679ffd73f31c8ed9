// Processes of programs as trainers that nobody watches over any more: their worker and the guard
// above them were killed at once, and the kernel gave them to the first process of the machine.
// They are known by the environment that each run's program is given (docs/TRAINERS.md), which what
// it starts has as well. One that has put its environment away (`env -i`) is not found. Blocks.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tarama::files {

struct LeftProcess {
  pid_t pid = 0;
  std::filesystem::path run_folder;  // of the run whose program started it
  std::string command;               // for a person, and bounded

  friend bool operator==(const LeftProcess&, const LeftProcess&) = default;
};

/// Of this user and of runs whose folder is `within` or below it: neither below a living guard, nor
/// this process or one above it. `proc`: "/proc".
[[nodiscard]] std::vector<LeftProcess> left_processes(const std::filesystem::path& within,
                                                      const std::filesystem::path& proc = "/proc");

struct EndedProcesses {
  std::vector<LeftProcess> all;    // that were left
  std::vector<LeftProcess> still;  // are there: the kernel does not let go of them
};

// A trainer's children have nothing to save; what they need to see SIGTERM, a guard gives them too.
inline constexpr std::chrono::milliseconds left_processes_may_take{2'000};
// What SIGKILL has not ended by then hangs in the kernel (a dead network disk).
inline constexpr std::chrono::milliseconds left_processes_are_killed_for{5'000};

/// SIGTERM, a moment, SIGKILL.
[[nodiscard]] EndedProcesses end_left_processes(const std::filesystem::path& within);

/// "4711 (python3 train.py), …", of the first few.
[[nodiscard]] std::string names_of(const std::vector<LeftProcess>& processes);

}  // namespace tarama::files
