// Groups from the database, logs from the store's folder.
#include "cli/failure_summary.hpp"

#include "cli/attempt_log.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"
#include "core/scheduling/retry_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>
#include <utility>

namespace tarama::cli {
namespace {

// What a trainer says last is why; `tarama logs` shows the rest.
constexpr std::size_t tail_lines = 5;
// A line of a log may be a page; one that fits a screen says enough here.
constexpr std::size_t longest_line = 300;

std::string quoted_log(const std::string& tail) {
  std::string text;
  std::istringstream lines(tail);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > longest_line) {
      line = line.substr(0, longest_line) + " …";
    }
    text += fmt::format("    | {}\n", printable(line));
  }
  return text;
}

std::string heading_of(const db::FailureInfo& info) {
  const std::string runs = counted(info.runs, "run");
  return is_a_finding(info.failure)
             ? fmt::format(
                   "{} {}: a finding about its level, not a fault", runs, name_of(info.failure))
             : fmt::format("{} failed: {}", runs, name_of(info.failure));
}

}  // namespace

Result<std::vector<FailureGroup>> read_failures(const db::ReadStore& store,
                                                const db::StoreFolder& folder,
                                                SweepId sweep) {
  auto found = store.failures(sweep);
  if (!found) {
    return found.error();
  }
  std::ranges::sort(*found, {}, [](const db::FailureInfo& info) {
    return std::tuple(is_a_finding(info.failure), -info.runs, info.failure);
  });
  std::vector<FailureGroup> groups;
  for (db::FailureInfo& info : *found) {
    std::string tail = log_tail(folder.attempt_log(info.example, info.attempt), tail_lines);
    groups.push_back({std::move(info), std::move(tail)});
  }
  return groups;
}

std::int64_t runs_at_fault(const std::vector<FailureGroup>& failures) {
  std::int64_t runs = 0;
  for (const FailureGroup& group : failures) {
    runs += is_a_finding(group.info.failure) ? 0 : group.info.runs;
  }
  return runs;
}

nlohmann::ordered_json failures_json(const std::vector<FailureGroup>& failures) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const FailureGroup& group : failures) {
    list.push_back({{"class", name_of(group.info.failure)},
                    {"runs", group.info.runs},
                    {"example", group.info.example.value},
                    {"message", group.info.message},
                    {"log_tail", group.log_tail}});
  }
  return list;
}

std::string failures_text(const std::vector<FailureGroup>& failures, const TextStyle& style) {
  std::string text;
  for (const FailureGroup& group : failures) {
    const db::FailureInfo& info = group.info;
    const Paint paint = is_a_finding(info.failure) ? Paint::bold : Paint::red;
    text += fmt::format("{}\n", style(paint, heading_of(info)));
    text += fmt::format(
        "  run {}{}{}\n", info.example, info.message.empty() ? "" : ": ", printable(info.message));
    if (!group.log_tail.empty()) {
      text += fmt::format("  end of its log (tarama logs {} shows all):\n{}",
                          info.example,
                          quoted_log(group.log_tail));
    }
  }
  return text;
}

}  // namespace tarama::cli
