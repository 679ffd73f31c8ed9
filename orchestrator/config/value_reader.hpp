// One value of a sweep file against the rule of its key. No files are looked at.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <filesystem>
#include <string>

namespace tarama::config {

/// The value as its key means it: paths absolute (relative ones start from `folder`), durations
/// in milliseconds, choices and columns by name. The error says what was expected and what was
/// found, without the key. Not for maps, parameters and devices.
[[nodiscard]] Result<ParameterValue> read_value(const KeyRule& rule,
                                                const YamlNode& node,
                                                const std::filesystem::path& folder);

/// A device in a list of devices: cpu, cuda:N or cuda:N.M (a part of a GPU).
[[nodiscard]] bool is_device(std::string_view text);

/// "expected X, but found Y", with the nearest choice where the rule has choices.
[[nodiscard]] std::string mismatch(const KeyRule& rule, const YamlNode& node);

}  // namespace tarama::config
