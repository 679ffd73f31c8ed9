// A SweepSpec as JSON and back, for the store and the workers. Doubles round trip bit for bit.
// Our own format, not the sweep file's: enums by their names, optional values left out.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <string>

namespace tarama {

[[nodiscard]] std::string to_json(const SweepSpec& spec);

/// `corrupt` if it is not what to_json wrote, with the key that is wrong. Keys that are missing
/// take their default, so that a newer tarama reads what an older one stored.
[[nodiscard]] Result<SweepSpec> sweep_spec_from_json(const std::string& text);

}  // namespace tarama
