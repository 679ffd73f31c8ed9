// See wandb_words.hpp.
#include "orchestrator/config/wandb_words.hpp"

#include "orchestrator/config/scalars.hpp"

#include <algorithm>

namespace tarama::config {

std::string yaml_scalar(const std::string& text) {
  if (shape_of(text) != ScalarShape::text) {
    return text;
  }
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
  });
  if (is_plain && text.front() != '-') {
    return text;
  }
  std::string quotes = "\"";
  for (const char letter : text) {
    quotes += letter == '"' || letter == '\\' ? "\\" : "";
    quotes += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
  }
  return quotes + "\"";
}

std::string flow(const YamlNode& node) {
  std::string text;
  if (node.kind == YamlKind::scalar) {
    return yaml_scalar(node.text);
  }
  if (node.kind == YamlKind::list) {
    for (const YamlItem& item : node.items) {
      text += (text.empty() ? "" : ", ") + flow(*item.value);
    }
    return "[" + text + "]";
  }
  if (node.kind == YamlKind::map) {
    for (const YamlEntry& entry : node.entries) {
      text += (text.empty() ? "" : ", ") + entry.key + ": " + flow(*entry.value);
    }
    return "{" + text + "}";
  }
  return node.kind == YamlKind::null ? "null" : "...";
}

std::string text_at(const YamlNode& map, const std::string& key) {
  const YamlEntry* const entry = map.kind == YamlKind::map ? find_entry(map, key) : nullptr;
  return entry != nullptr && entry->value->kind == YamlKind::scalar ? entry->value->text : "";
}

}  // namespace tarama::config
