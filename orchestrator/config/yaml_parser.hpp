// From the text of one YAML document to YamlNodes. Finds what yaml-cpp lets pass: duplicate
// keys, merge keys, an anchor that holds itself, a second document, a quote without end. Never
// throws and always ends, whatever the bytes.
#pragma once

#include "orchestrator/config/key_positions.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>
#include <vector>

namespace tarama::config {

struct ParsedYaml {
  YamlNodePointer root;  // nullptr after a syntax error; a null node for an empty text
  std::vector<PlacedProblem> problems;  // after a syntax error that one alone
};

/// `source` goes into all positions. Without an `environment`, as files of other programs are read,
/// ${NAME} is text, and the tags !!float, !!int, !!bool and !!str are taken.
[[nodiscard]] ParsedYaml parse_yaml(const std::string& text,
                                    std::size_t source,
                                    const EnvironmentLookup& environment);

}  // namespace tarama::config
