// A parsed YAML document as plain values: maps in file order, every key and list item with its
// place. Never a cycle; an alias shares the node of its anchor, so nodes are not changed once
// they are made.
#pragma once

#include "orchestrator/config/key_positions.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tarama::config {

struct YamlNode;
using YamlNodePointer = std::shared_ptr<const YamlNode>;

/// `broken` stands where a problem was reported already: whoever meets it says nothing more.
enum class YamlKind { null, scalar, list, map, broken };

/// `from_variable`: plain, and a ${NAME} was replaced in it, so that it may be meant as text.
enum class ScalarStyle { plain, quoted, from_variable };

struct YamlItem {
  Position position;
  YamlNodePointer value;
};

struct YamlEntry {
  std::string key;
  Position position;  // of the key
  YamlNodePointer value;
};

struct YamlNode {
  YamlKind kind = YamlKind::null;
  std::string text;  // of a scalar, variables replaced
  ScalarStyle style = ScalarStyle::plain;
  std::vector<YamlItem> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map; no key twice
};

/// The entry of a map; nullptr if there is none or `map` is not a map.
[[nodiscard]] const YamlEntry* find_entry(const YamlNode& map, const std::string& key);

/// "a list", "the text 'abc'", "3.5", "nothing": how a message names what was found.
[[nodiscard]] std::string describe(const YamlNode& node);

}  // namespace tarama::config
