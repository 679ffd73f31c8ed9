// Pieces of YAML, as the importers of W&B's sweep files read and write them.
#pragma once

#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// A scalar that reads back as this text, whatever it holds: quoted where it would be a number, a
/// word of YAML or a variable of the environment.
[[nodiscard]] std::string yaml_text(const std::string& text);

/// What stands between the double quotes of such a scalar.
[[nodiscard]] std::string yaml_escaped(const std::string& text);

/// A node on one line, for comments.
[[nodiscard]] std::string flow(const YamlNode& node);

/// The scalar at a key; empty: there is none.
[[nodiscard]] std::string text_at(const YamlNode& map, const std::string& key);

}  // namespace tarama::config
