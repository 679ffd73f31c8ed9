// What is asked of replicates that decide themselves, as it travels with requests.
#pragma once

#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"

#include <string>

namespace tarama {

[[nodiscard]] std::string to_json(const Refinement& asked);

/// Other keys are nobody's concern here. `invalid_argument` for what cannot be right: whoever asks
/// is not trusted to be sane.
[[nodiscard]] Result<Refinement> refinement_from_json(const std::string& text);

}  // namespace tarama
