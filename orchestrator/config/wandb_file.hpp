// What W&B's sweep files have beside parameters and command, whatever trains: names, caps, metric,
// seeds. Pure.
#pragma once

#include "orchestrator/config/wandb_axis.hpp"
#include "orchestrator/config/wandb_report.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama::config {

enum class WandbMethod { grid, random, bayes };

/// nullopt: it is missing or unknown, which is reported.
[[nodiscard]] std::optional<WandbMethod> wandb_method(const YamlNode& root, WandbReport& report);

/// `method` and `max_runs`; of a grid nothing, but that it has no cap. `levels` are those of a
/// grid.
[[nodiscard]] std::string wandb_method_lines(const YamlNode& root,
                                             WandbMethod method,
                                             double levels,
                                             WandbReport& report);

/// `name`, and the description. Where the file has none, `usual` is the name.
[[nodiscard]] std::string wandb_name_lines(const YamlNode& root,
                                           const std::string& usual,
                                           WandbReport& report);

/// "train-sweep" of the program src/train.py and the file sweep.yaml; either may be empty.
[[nodiscard]] std::string usual_wandb_name(const std::string& program, const std::string& file);

/// `seed` and `replicates` of a parameter `seed` that is one whole number, or, of a grid, some that
/// follow one another; nullopt: it is a parameter like others.
[[nodiscard]] std::optional<std::string> wandb_seed_lines(const WandbAxis& axis,
                                                          WandbMethod method);

/// The comment of a key without a counterpart. Reports what is no key of theirs.
[[nodiscard]] std::string wandb_rest_line(const YamlEntry& entry, WandbReport& report);

}  // namespace tarama::config
