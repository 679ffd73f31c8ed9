// A sweep file of Weights & Biases as one of ours: what has a counterpart under our names, the rest
// as comments, what nobody can know (columns, the model) as a place to fill in. One that names its
// program becomes a sweep of that program (wandb_program.hpp).
#pragma once

#include "orchestrator/config/key_positions.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tarama::config {

struct WandbImport {
  std::string yaml;                     // empty where there are problems
  std::vector<ConfigProblem> problems;  // the file cannot be read, or is no YAML with a map
};

[[nodiscard]] WandbImport import_wandb(const std::filesystem::path& path);

/// The same of a text; `name` is for messages and the first line.
[[nodiscard]] WandbImport import_wandb_text(const std::string& text, const std::string& name);

}  // namespace tarama::config
