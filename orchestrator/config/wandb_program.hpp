// A sweep file of Weights & Biases that names the program which its agents run, as one of ours with
// that program as the trainer.
#pragma once

#include "orchestrator/config/wandb_report.hpp"
#include "orchestrator/config/wandb_script.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>

namespace tarama::config {

/// The tarama file; what has no counterpart stands in it as comments. `name` is that of the file.
/// Nothing of use where the report has problems.
[[nodiscard]] std::string import_program(const YamlNode& root,
                                         const std::string& name,
                                         const WandbScript& script,
                                         WandbReport& report);

/// The script that the file names, by `program` or as the first word of `command` that ends in .py;
/// empty: none.
[[nodiscard]] std::string wandb_program_name(const YamlNode& root);

}  // namespace tarama::config
