// See wandb_words.hpp.
#include "orchestrator/config/wandb_words.hpp"

#include "orchestrator/config/scalars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tarama::config {

namespace {

/// What YAML 1.1 takes for more than text.
bool is_word_of_yaml(std::string text) {
  std::ranges::transform(text, text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  constexpr std::array<std::string_view, 9> words = {
      "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::find(words, text) != words.end();
}

bool is_plain_text(const std::string& text) {
  const bool has_plain_letters = std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.' ||
           letter == '/';
  });
  const bool starts_as_text = !text.empty() && text.front() != '-' && text.front() != '.' &&
                              !(text.front() >= '0' && text.front() <= '9');
  return starts_as_text && has_plain_letters && !is_word_of_yaml(text);
}

}  // namespace

std::string yaml_escaped(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      escaped += std::string("\\") + letter;
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    } else if (letter == '{' && escaped.ends_with('$')) {
      escaped += "${";  // "$${" is how a text says "${"
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

std::string yaml_text(const std::string& text) {
  return is_plain_text(text) ? text : "\"" + yaml_escaped(text) + "\"";
}

std::string flow(const YamlNode& node) {
  std::string text;
  if (node.kind == YamlKind::scalar) {
    const bool is_word =
        node.style != ScalarStyle::quoted && shape_of(node.text) != ScalarShape::text;
    return is_word ? node.text : yaml_text(node.text);
  }
  if (node.kind == YamlKind::list) {
    for (const YamlItem& item : node.items) {
      text += (text.empty() ? "" : ", ") + flow(*item.value);
    }
    return "[" + text + "]";
  }
  if (node.kind == YamlKind::map) {
    for (const YamlEntry& entry : node.entries) {
      text += (text.empty() ? "" : ", ") + yaml_text(entry.key) + ": " + flow(*entry.value);
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
