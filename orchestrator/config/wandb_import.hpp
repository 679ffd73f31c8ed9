// A sweep file of Weights & Biases as one of ours: what has a counterpart under our names, the rest
// as comments, or refused by name. One that names its program becomes a sweep of that program
// (wandb_program.hpp), others one of the built-in trainer (wandb_built_in.hpp).
#pragma once

#include "orchestrator/config/key_positions.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama::config {

struct WandbImport {
  std::string yaml;                     // empty where there are problems
  std::vector<ConfigProblem> problems;  // what cannot be read or said here
  std::vector<ConfigProblem> warnings;  // where the file that is made differs from theirs
};

[[nodiscard]] WandbImport import_wandb(const std::filesystem::path& path);

/// The same of a text; `name` is for messages, the first line and the sweep's name. The script is
/// looked for in `folder`, where there is one.
[[nodiscard]] WandbImport import_wandb_text(
    const std::string& text,
    const std::string& name,
    const std::optional<std::filesystem::path>& folder = std::nullopt);

}  // namespace tarama::config
