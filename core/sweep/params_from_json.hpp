// A level's parameters, read back from the text that its row has (parameter_value.hpp writes it).
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/run_spec.hpp"

#include <string>

namespace tarama {

/// In their order; params_json of them is the same text again. `corrupt` where it is no object of
/// numbers, texts, true and false.
[[nodiscard]] Result<LevelParams> params_from_json(const std::string& text);

}  // namespace tarama
