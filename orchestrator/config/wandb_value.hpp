// Values of W&B's sweep files as its agent passes them to a program: Python reads the file, and
// Python prints the values (True, [1, 'a']). Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// Whether true is the text that a Python program is given, or the word that a key of ours holds.
enum class WandbBooleans { as_python, as_yaml };

/// `literal`: a list or map as Python prints it.
enum class WandbForm { boolean, number, text, literal };

struct WandbValue {
  WandbForm form = WandbForm::text;
  std::string yaml;          // as an axis has it
  std::string argument;      // as a program gets it
  bool loses_point = false;  // 1.0, which a program gets as 1
};

/// The error says, without the key, why no program is to be given this: null, and what Python reads
/// as another number than we do (1_000, 0x10, 010).
[[nodiscard]] Result<WandbValue> wandb_value(const YamlNode& node, WandbBooleans booleans);

/// A text within a list or map, as Python prints it.
[[nodiscard]] std::string python_quoted(const std::string& text);

/// Whether the text stands in Python's quotes as it is: no quote, backslash or control character.
[[nodiscard]] bool is_plain_in_quotes(const std::string& text);

}  // namespace tarama::config
