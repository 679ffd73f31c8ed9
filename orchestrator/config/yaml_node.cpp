// Looking into a parsed YAML document, and naming what is found there.
#include "orchestrator/config/yaml_node.hpp"

#include "orchestrator/config/scalars.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tarama::config {

const YamlEntry* find_entry(const YamlNode& map, const std::string& key) {
  const auto found = std::find_if(map.entries.begin(),
                                  map.entries.end(),
                                  [&](const YamlEntry& entry) { return entry.key == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::null:
    case YamlKind::broken:
      return "nothing";
    case YamlKind::list:
      return "a list";
    case YamlKind::map:
      return "a map";
    case YamlKind::scalar:
      break;
  }
  const bool looks_like_another_type = shape_of(node.text) != ScalarShape::text;
  if (node.style == ScalarStyle::quoted && looks_like_another_type) {
    return fmt::format("the text \"{}\" (the quotes make it text)", shown(node.text));
  }
  return looks_like_another_type ? node.text : fmt::format("the text '{}'", shown(node.text));
}

}  // namespace tarama::config
