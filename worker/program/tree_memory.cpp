// See tree_memory.hpp.
#include "worker/program/tree_memory.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace tarama::program {

namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> number_in(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data() + first, text.data() + text.size(), number);
  return read.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

/// Empty: it cannot be read, for processes come and go.
std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string gibibytes(std::int64_t bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes) / (1 << 30));
}

/// Of "PID (NAME) STATE PARENT ...", where NAME may hold anything, parentheses too.
std::optional<std::int64_t> parent_in_stat(std::string_view text) {
  const std::size_t end = text.rfind(')');
  return end == std::string_view::npos || end + 4 > text.size() ? std::nullopt
                                                                : number_in(text.substr(end + 4));
}

std::multimap<pid_t, pid_t> children_by_parent(const fs::path& proc) {
  std::multimap<pid_t, pid_t> children;
  std::error_code failure;  // what cannot be listed has no children
  for (fs::directory_iterator it(proc, failure), end; it != end && !failure;
       it.increment(failure)) {
    const std::string name = it->path().filename();
    const auto pid =
        name.find_first_not_of("0123456789") == std::string::npos ? number_in(name) : std::nullopt;
    const auto parent = pid ? parent_in_stat(text_of(it->path() / "stat")) : std::nullopt;
    if (parent) {
      children.emplace(static_cast<pid_t>(*parent), static_cast<pid_t>(*pid));
    }
  }
  return children;
}

}  // namespace

bool may_be_too_much(const std::vector<ProcessMemory>& tree, std::int64_t limit) {
  std::int64_t sum = 0;
  for (const ProcessMemory& process : tree) {
    sum += process.resident;
  }
  return sum > limit;
}

std::optional<std::string> too_much_memory(const std::vector<ProcessMemory>& tree,
                                           std::int64_t limit) {
  std::int64_t sum = 0;
  for (const ProcessMemory& process : tree) {
    sum += process.share.value_or(process.resident);
  }
  if (sum <= limit) {
    return std::nullopt;
  }
  return fmt::format("it used {} of memory in {} {}; trainer.memory allows {}",
                     gibibytes(sum),
                     tree.size(),
                     tree.size() == 1 ? "process" : "processes",
                     gibibytes(limit));
}

std::optional<std::int64_t> resident_in_statm(std::string_view text, std::int64_t page_bytes) {
  const std::size_t second = text.find(' ');
  const auto pages =
      second == std::string_view::npos ? std::nullopt : number_in(text.substr(second));
  return pages ? std::optional(*pages * page_bytes) : std::nullopt;
}

std::optional<std::int64_t> share_in_rollup(std::string_view text) {
  constexpr std::string_view word = "\nPss:";
  const std::size_t at = text.find(word);
  const auto kilobytes =
      at == std::string_view::npos ? std::nullopt : number_in(text.substr(at + word.size()));
  return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
}

std::vector<ProcessMemory> tree_below(pid_t process, const fs::path& proc) {
  const std::int64_t page_bytes = ::sysconf(_SC_PAGESIZE);
  const std::multimap<pid_t, pid_t> children = children_by_parent(proc);
  std::vector<ProcessMemory> tree;
  std::vector<pid_t> open = {process};
  while (!open.empty()) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = first; child != last; ++child) {
      const auto resident =
          resident_in_statm(text_of(proc / std::to_string(child->second) / "statm"), page_bytes);
      tree.push_back({.pid = child->second, .resident = resident.value_or(0)});
      open.push_back(child->second);
    }
  }
  return tree;
}

void ask_shares(std::vector<ProcessMemory>& tree, const fs::path& proc) {
  for (ProcessMemory& process : tree) {
    process.share = share_in_rollup(text_of(proc / std::to_string(process.pid) / "smaps_rollup"));
  }
}

}  // namespace tarama::program
