// `--set KEY=YAML`: replacing or adding a key of a parsed sweep file.
#pragma once

#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>
#include <vector>

namespace tarama::config {

/// The KEY of `KEY=YAML`; all of it if there is no '='.
[[nodiscard]] std::string override_key(const std::string& override_text);

/// `root` with the nth override (n from 1, the source of its positions) put in; `root` itself if
/// the override is wrong, which is added to `problems`. Maps on the way are made where they are
/// missing.
[[nodiscard]] YamlNodePointer apply_override(const YamlNodePointer& root,
                                             const std::string& override_text,
                                             std::size_t source,
                                             const EnvironmentLookup& environment,
                                             std::vector<PlacedProblem>& problems);

}  // namespace tarama::config
