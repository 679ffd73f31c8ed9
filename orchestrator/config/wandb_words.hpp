// Pieces of YAML, as the importers of W&B's sweep files read and write them.
#pragma once

#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// A scalar that reads back as the same number, word or text.
[[nodiscard]] std::string yaml_scalar(const std::string& text);

/// A node on one line.
[[nodiscard]] std::string flow(const YamlNode& node);

/// The scalar at a key; empty: there is none.
[[nodiscard]] std::string text_at(const YamlNode& map, const std::string& key);

}  // namespace tarama::config
