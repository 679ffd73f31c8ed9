// A sweep file of Weights & Biases that names the program which its agents run, as one of ours with
// that program as the trainer.
#pragma once

#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// Whether the file says what is to be run: by `program`, or by a `command` that names it.
[[nodiscard]] bool names_program(const YamlNode& root);

/// The tarama file; what has no counterpart stands in it as comments. `name` is for its first line.
[[nodiscard]] std::string import_program(const YamlNode& root, const std::string& name);

}  // namespace tarama::config
