// What a program and all that it started hold of the machine's memory, of /proc, and when that is
// more than it may. Resident memory: what is swapped out is not counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace tarama::program {

/// One process. What several share (a library, the pages of a fork) is in `resident` of each, and
/// in `share` by its part.
struct ProcessMemory {
  pid_t pid = 0;
  std::int64_t resident = 0;            // bytes
  std::optional<std::int64_t> share{};  // bytes; dear to ask: the kernel walks all its pages

  friend bool operator==(const ProcessMemory&, const ProcessMemory&) = default;
};

/// Whether its share is to be asked: by what is cheap to know it may be too much.
[[nodiscard]] bool may_be_too_much(const std::vector<ProcessMemory>& tree, std::int64_t limit);

/// Why the tree is to be ended, for a person; nullopt: it is within its limit. A process whose
/// share nobody knows counts with all that is resident.
[[nodiscard]] std::optional<std::string> too_much_memory(const std::vector<ProcessMemory>& tree,
                                                         std::int64_t limit);

/// Of /proc/PID/statm; nullopt: it is none.
[[nodiscard]] std::optional<std::int64_t> resident_in_statm(std::string_view text,
                                                            std::int64_t page_bytes);
/// Of /proc/PID/smaps_rollup.
[[nodiscard]] std::optional<std::int64_t> share_in_rollup(std::string_view text);

/// All that a process has started, without itself, and what is resident of each. `proc`: "/proc".
[[nodiscard]] std::vector<ProcessMemory> tree_below(pid_t process,
                                                    const std::filesystem::path& proc);
/// The same with their shares.
void ask_shares(std::vector<ProcessMemory>& tree, const std::filesystem::path& proc);

}  // namespace tarama::program
