// A spec as the sweep file that says it: what `tarama suggest` prints. Reading it again gives the
// same spec. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <string>

namespace tarama::config {

/// Keys that have their default value are left out, as is what an axis says. Ends with a line feed.
[[nodiscard]] std::string yaml_of(const SweepSpec& spec);

}  // namespace tarama::config
