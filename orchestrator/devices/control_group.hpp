// What the control groups of this process allow: a container, a Slurm job or a systemd slice has
// less than the machine, and may say so at any level of the tree. Pure parsers over texts and
// folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace tarama::orchestrator {

/// The least that any group up the tree allows; nullopt: none says.
struct GroupLimits {
  std::optional<double> cores;  // of processor time, 1.5 for instance
  std::optional<std::uint64_t> memory_bytes;
  /// Of the memory, what is left: what no process of the group has, nor needs read again from disk
  /// soon.
  std::optional<std::uint64_t> free_memory_bytes{};

  friend bool operator==(const GroupLimits&, const GroupLimits&) = default;
};

/// `groups` and `mounts` are the texts of /proc/self/cgroup and /proc/self/mountinfo, of version 1,
/// 2 or both at once; `root` stands before each mount point. What cannot be read limits nothing.
[[nodiscard]] GroupLimits limits_of_groups(std::string_view groups,
                                           std::string_view mounts,
                                           const std::filesystem::path& root = "/");

/// Those of this process.
[[nodiscard]] GroupLimits limits_of_own_groups();

}  // namespace tarama::orchestrator
