// `tarama doctor PATH`: what tarama would read in a model's folder or a data file.
#pragma once

#include "cli/context.hpp"

#include <string>

namespace tarama::cli {

/// ExitCode::usage where it cannot be read as it is.
[[nodiscard]] ExitCode examine_path(const Context& context, const std::string& path);

}  // namespace tarama::cli
