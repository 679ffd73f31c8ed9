// A sweep file of Weights & Biases without a program, for the built-in trainer: what has a
// counterpart under our names, and what nobody can know (columns, the model) as a place to fill in.
#pragma once

#include "orchestrator/config/wandb_report.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// The tarama file; `name` is that of the file. Reports a parameter that the built-in trainer does
/// not have, with the remedy: the file's program is not named. Nothing of use where the report has
/// problems.
[[nodiscard]] std::string import_for_built_in_trainer(const YamlNode& root,
                                                      const std::string& name,
                                                      WandbReport& report);

}  // namespace tarama::config
