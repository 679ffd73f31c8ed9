// By /proc.
#include "orchestrator/workers/process_identity.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace tarama::orchestrator {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Of this boot, in our namespace of process numbers: what both sides of a comparison share.
std::string place_of_processes() {
  std::error_code ignored;  // without an answer the namespace has no name
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", ignored);
  return fmt::format("{} {}", first_line("/proc/sys/kernel/random/boot_id"), space.string());
}

/// When it started, in ticks since the boot; empty: it is gone, or dead and not buried.
std::string start_of(std::int64_t pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) {
    return {};
  }
  std::istringstream rest(stat.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  constexpr std::size_t state = 0;   // field 3 of proc(5)
  constexpr std::size_t start = 19;  // field 22
  const bool is_dead = fields.size() <= start || fields[state] == "Z" || fields[state] == "X";
  return is_dead ? std::string() : fields[start];
}

std::string_view boot_in(std::string_view identity) {
  return identity.substr(0, identity.find(' '));
}

}  // namespace

std::string identity_of_process(std::int64_t pid) {
  const std::string start = start_of(pid);
  return start.empty() ? std::string() : fmt::format("{} {}", place_of_processes(), start);
}

ProcessFate fate_of_process(std::int64_t pid, const std::string& identity) {
  if (pid <= 0 || identity.empty()) {
    return ProcessFate::dead;
  }
  const std::string here = place_of_processes();
  if (boot_in(identity) != boot_in(here)) {
    return ProcessFate::dead;  // a store does not leave its machine, which was restarted
  }
  if (!identity.starts_with(here + " ")) {
    return ProcessFate::unknown;
  }
  return identity == identity_of_process(pid) ? ProcessFate::living : ProcessFate::dead;
}

}  // namespace tarama::orchestrator
