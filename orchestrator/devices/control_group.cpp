// From the group's folder up to the mount point, the least of each limit.
#include "orchestrator/devices/control_group.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

// Version 1 writes the greatest page count for "no limit", a little below 2^63.
constexpr double no_memory_limit = 4e18;

std::vector<std::string> words_of(std::string_view line, char separator) {
  std::vector<std::string> words;
  std::stringstream rest{std::string(line)};
  for (std::string word; std::getline(rest, word, separator);) {
    words.push_back(word);
  }
  return words;
}

bool has_word(std::string_view list, std::string_view word) {
  return std::ranges::any_of(words_of(list, ','), [&](const std::string& w) { return w == word; });
}

/// The kernel writes a space of a path as \040.
std::string unescaped(std::string_view path) {
  std::string text;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    if (path[at] == '\\' && at + 3 < path.size() &&
        std::ranges::all_of(path.substr(at + 1, 3), is_octal)) {
      text += static_cast<char>((path[at + 1] - '0') * 64 + (path[at + 2] - '0') * 8 +
                                (path[at + 3] - '0'));
      at += 3;
    } else {
      text += path[at];
    }
  }
  return text;
}

/// A line of mountinfo that mounts control groups.
struct Mount {
  std::string group;        // that lies at its top
  fs::path folder;          // where
  std::string controllers;  // of version 1, separated by commas; empty: version 2
  bool is_version_2 = false;
};

std::optional<Mount> mount_in(std::string_view line) {
  const std::vector<std::string> words = words_of(line, ' ');
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() < 6 || std::distance(dash, words.end()) < 4) {
    return std::nullopt;
  }
  const std::string& type = dash[1];
  if (type != "cgroup" && type != "cgroup2") {
    return std::nullopt;
  }
  return Mount{.group = unescaped(words[3]),
               .folder = unescaped(words[4]),
               .controllers = type == "cgroup" ? dash[3] : std::string(),
               .is_version_2 = type == "cgroup2"};
}

/// What the first line of a group's file says; several words: separated by spaces.
std::optional<std::vector<std::string>> words_in(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) {
    return std::nullopt;
  }
  return words_of(line, ' ');
}

std::optional<double> number_in(const std::string& word) {
  std::istringstream stream(word);
  double number = 0;
  if (!(stream >> number) || number <= 0) {
    return std::nullopt;  // "max", or -1
  }
  return number;
}

std::optional<double> number_of_file(const fs::path& file) {
  const auto words = words_in(file);
  return words && !words->empty() ? number_in(words->front()) : std::nullopt;
}

template <class Number>
void lower(std::optional<Number>& least, std::optional<double> limit) {
  if (limit) {
    const auto number = static_cast<Number>(*limit);
    least = least ? std::min(*least, number) : number;
  }
}

/// The number behind a word at the beginning of a line of memory.stat.
double number_behind(const std::string& word, const fs::path& file) {
  std::ifstream stream(file);
  std::string name;
  double number = 0;
  while (stream >> name >> number) {
    if (name == word) {
      return number;
    }
  }
  return 0;
}

/// How a version of control groups names what a group has of its memory.
struct MemoryInUse {
  const char* file;
  const char* idle_pages;  // in memory.stat: of files, not read for long; the kernel drops them
};

constexpr MemoryInUse in_use_1{"memory.usage_in_bytes", "total_inactive_file"};
constexpr MemoryInUse in_use_2{"memory.current", "inactive_file"};

void lower_memory(GroupLimits& limits,
                  const fs::path& folder,
                  const char* limit,
                  const MemoryInUse& in_use) {
  const std::optional<double> bytes = number_of_file(folder / limit);
  if (!bytes || *bytes >= no_memory_limit) {
    return;
  }
  lower(limits.memory_bytes, bytes);
  if (const std::optional<double> used = number_of_file(folder / in_use.file)) {
    const double idle = number_behind(in_use.idle_pages, folder / "memory.stat");
    lower(limits.free_memory_bytes, std::max(0.0, *bytes - std::max(0.0, *used - idle)));
  }
}

void lower_cores(GroupLimits& limits, std::optional<double> quota, std::optional<double> period) {
  if (quota && period) {
    lower(limits.cores, *quota / *period);
  }
}

void take_limits(const Mount& mount, const fs::path& folder, GroupLimits& limits) {
  if (mount.is_version_2) {
    // Above memory.high a group is throttled until it trains no more.
    lower_memory(limits, folder, "memory.max", in_use_2);
    lower_memory(limits, folder, "memory.high", in_use_2);
    if (const auto words = words_in(folder / "cpu.max"); words && words->size() == 2) {
      lower_cores(limits, number_in(words->at(0)), number_in(words->at(1)));
    }
    return;
  }
  if (has_word(mount.controllers, "memory")) {
    lower_memory(limits, folder, "memory.limit_in_bytes", in_use_1);
  }
  if (has_word(mount.controllers, "cpu")) {
    lower_cores(limits,
                number_of_file(folder / "cpu.cfs_quota_us"),
                number_of_file(folder / "cpu.cfs_period_us"));
  }
}

/// The group's path below the mount's top; a group that is not under it (a container sees its own
/// as the top, under another name) is the top itself.
fs::path below_top(const std::string& group, const Mount& mount) {
  const fs::path relative = fs::path(group).lexically_relative(mount.group);
  const bool is_below = !relative.empty() && *relative.begin() != "..";
  return is_below && relative != "." ? relative : fs::path();
}

}  // namespace

GroupLimits limits_of_groups(std::string_view groups,
                             std::string_view mounts,
                             const fs::path& root) {
  GroupLimits limits;
  std::stringstream lines{std::string(mounts)};
  for (std::string line; std::getline(lines, line);) {
    const std::optional<Mount> mount = mount_in(line);
    std::stringstream memberships{mount ? std::string(groups) : std::string()};
    for (std::string membership; std::getline(memberships, membership);) {
      // "4:cpu,cpuacct:/a/group", of version 2 "0::/a/group"; the group may have colons.
      const std::size_t first = membership.find(':');
      const std::size_t second = membership.find(':', first + 1);
      if (first == std::string::npos || second == std::string::npos) {
        continue;
      }
      const std::string controllers = membership.substr(first + 1, second - first - 1);
      const bool is_its = mount->is_version_2
                              ? controllers.empty()
                              : std::ranges::any_of(words_of(controllers, ','), [&](const auto& c) {
                                  return has_word(mount->controllers, c);
                                });
      if (!is_its) {
        continue;
      }
      const fs::path top = root / mount->folder.relative_path();
      fs::path group = below_top(membership.substr(second + 1), *mount);
      for (; !group.empty(); group = group.parent_path()) {
        take_limits(*mount, top / group, limits);
      }
      take_limits(*mount, top, limits);
    }
  }
  return limits;
}

GroupLimits limits_of_own_groups() {
  const auto text_of = [](const char* path) {
    std::ifstream file(path);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  return limits_of_groups(text_of("/proc/self/cgroup"), text_of("/proc/self/mountinfo"));
}

}  // namespace tarama::orchestrator
