// Edit distance and the messages made with it.
#include "orchestrator/config/nearest_name.hpp"

#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace tarama::config {

namespace {

// No known name is longer than 35 letters: what is far longer is near none, and is not compared.
constexpr std::size_t longest_compared = 64;

// "max" is meant as "maximize"; "m" may be anything.
constexpr std::size_t shortest_beginning = 3;

std::size_t largest_slip(std::string_view known) {
  return std::max<std::size_t>(1, known.size() / 3);
}

std::string in_section(std::string_view section) {
  return section.empty() ? "" : fmt::format(" in '{}'", section);
}

/// Where a bare name is known, if that is not `section`: "it belongs under 'training'".
std::optional<std::string> place_elsewhere(std::string_view section, std::string_view name) {
  for (const KeyRule& rule : key_rules()) {
    if (bare_name(rule.key) == name && section_of(rule.key) != section) {
      const std::string home = section_of(rule.key);
      return home.empty() ? "it belongs at the top of the file"
                          : fmt::format("it belongs under '{}'", home);
    }
  }
  return std::nullopt;
}

}  // namespace

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t row = 1; row <= from.size(); ++row) {
    std::vector<std::size_t> current(to.size() + 1, row);
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const std::size_t replaced = from[row - 1] == to[column - 1] ? 0 : 1;
      current[column] =
          std::min({last[column] + 1, current[column - 1] + 1, last[column - 1] + replaced});
      const bool is_swap = row > 1 && column > 1 && from[row - 1] == to[column - 2] &&
                           from[row - 2] == to[column - 1];
      if (is_swap) {
        current[column] = std::min(current[column], before_last[column - 2] + 1);
      }
    }
    before_last = std::exchange(last, std::move(current));
  }
  return last[to.size()];
}

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& known) {
  std::optional<std::string> nearest;
  std::size_t nearest_distance = 0;
  for (const std::string& candidate : known) {
    if (name.size() > longest_compared) {
      break;
    }
    if (name.size() >= shortest_beginning && candidate.starts_with(name)) {
      return candidate;
    }
    const std::size_t distance = edit_distance(name, candidate);
    if (distance <= largest_slip(candidate) && (!nearest || distance < nearest_distance)) {
      nearest = candidate;
      nearest_distance = distance;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
}

std::string unknown_key_message(std::string_view section, std::string_view name) {
  const std::vector<std::string> known = names_in_section(section);
  const std::string unknown = fmt::format("unknown key '{}'{}", shown(name), in_section(section));
  if (const auto place = place_elsewhere(section, name)) {
    return fmt::format("{}; {}", unknown, *place);
  }
  const std::string before_colon(name.substr(0, name.find(':')));
  if (before_colon.size() < name.size() && std::ranges::count(known, before_colon) > 0) {
    return fmt::format("{}; after '{}:' a space is missing", unknown, before_colon);
  }
  for (const std::string_view meant : {name, name.substr(name.rfind('.') + 1)}) {
    if (const auto nearest = nearest_name(meant, known)) {
      return fmt::format("{}; did you mean '{}'?", unknown, *nearest);
    }
  }
  return fmt::format("{}; expected one of {}", unknown, fmt::join(known, ", "));
}

}  // namespace tarama::config
