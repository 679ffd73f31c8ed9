// Where a key belongs, or which one it is near.
#include "orchestrator/config/unknown_key.hpp"

#include "core/sweep/nearest_name.hpp"
#include "orchestrator/config/foreign_words.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

namespace tarama::config {
namespace {

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

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(name, known);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
}

std::string unknown_key_message(std::string_view section, std::string_view name) {
  const std::vector<std::string> known = names_in_section(section);
  const std::string unknown = fmt::format("unknown key '{}'{}", shown(name), in_section(section));
  if (const auto words = words_for_foreign_key(name); words && section != "training") {
    return fmt::format("{}; {}", unknown, *words);
  }
  if (const auto place = place_elsewhere(section, name)) {
    return fmt::format("{}; {}", unknown, *place);
  }
  if (const auto words = words_for_foreign_key(name)) {
    return fmt::format("{}; {}", unknown, *words);
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
