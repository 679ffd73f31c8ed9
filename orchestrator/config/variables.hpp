// ${NAME} in a sweep file: environment variables, also inside {flow, maps}, where YAML itself
// would take the brace for the start of a map. `shield` hides the braces from the YAML parser
// without moving anything; `replace_variables` puts the values in. `$${` stands for a literal
// "${". Pure.
#pragma once

#include "orchestrator/config/sweep_file.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tarama::config {

/// `yaml` with the braces of every ${NAME} and every `$${` replaced by bytes that YAML does not
/// allow and that are nothing to its parser. `yaml` must not hold control characters.
[[nodiscard]] std::string shield(std::string yaml);

/// The text as it stood before `shield`: for keys, in which nothing is replaced.
[[nodiscard]] std::string unshield(std::string_view shielded);

struct ReplacedText {
  std::string text;
  bool has_variable = false;
};

/// A scalar of a shielded text, its variables replaced; or what is wrong with it.
[[nodiscard]] std::variant<ReplacedText, std::string> replace_variables(
    std::string_view scalar, const EnvironmentLookup& environment);

}  // namespace tarama::config
