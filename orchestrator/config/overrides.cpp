// Overrides copy the maps on their way: nodes may be shared by aliases, and an override of one
// key must not change the other.
#include "orchestrator/config/overrides.hpp"

#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/yaml_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace tarama::config {

namespace {

std::vector<std::string> split_at_dots(std::string_view key) {
  std::vector<std::string> names;
  std::size_t dot = 0;
  do {
    dot = std::min(key.find('.'), key.size());
    names.emplace_back(key.substr(0, dot));
    const bool is_last = dot == key.size();
    key.remove_prefix(is_last ? dot : dot + 1);
    if (is_last) {
      break;
    }
  } while (true);
  return names;
}

/// `node` with `value` at the end of `names` below it; nullptr if something other than a map is
/// in the way.
YamlNodePointer with_value(const YamlNodePointer& node,
                           std::span<const std::string> names,
                           const Position& position,
                           const YamlNodePointer& value) {
  if (names.empty()) {
    return value;
  }
  if (node->kind != YamlKind::map && node->kind != YamlKind::null) {
    return nullptr;
  }
  auto copy = std::make_shared<YamlNode>(*node);
  copy->kind = YamlKind::map;
  const auto found = std::ranges::find_if(
      copy->entries, [&](const YamlEntry& entry) { return entry.key == names[0]; });
  const bool is_new = found == copy->entries.end();
  const YamlNodePointer below = is_new ? std::make_shared<const YamlNode>() : found->value;
  const YamlNodePointer changed = with_value(below, names.subspan(1), position, value);
  if (changed == nullptr) {
    return nullptr;
  }
  if (is_new) {
    copy->entries.push_back({names[0], position, changed});
    return copy;
  }
  found->value = changed;
  if (names.size() == 1) {
    found->position = position;
  }
  return copy;
}

}  // namespace

std::string override_key(const std::string& override_text) {
  return override_text.substr(0, override_text.find('='));
}

YamlNodePointer apply_override(const YamlNodePointer& root,
                               const std::string& override_text,
                               std::size_t source,
                               const EnvironmentLookup& environment,
                               std::vector<PlacedProblem>& problems) {
  const Position position{source, 1, 1};
  const std::string key = override_key(override_text);
  const std::vector<std::string> names = split_at_dots(key);
  if (key.size() == override_text.size() || std::ranges::count(names, "") > 0) {
    problems.push_back(
        {position, "expected KEY=YAML with a dotted key, such as training.norm=pre"});
    return root;
  }
  const ParsedYaml parsed = parse_yaml(override_text.substr(key.size() + 1), source, environment);
  problems.insert(problems.end(), parsed.problems.begin(), parsed.problems.end());
  if (parsed.root == nullptr || root == nullptr) {
    return root;
  }
  const YamlNodePointer changed = with_value(root, names, position, parsed.root);
  if (changed == nullptr) {
    problems.push_back({position, "a key on the way to it is not a map; replace that key instead"});
    return root;
  }
  return changed;
}

}  // namespace tarama::config
