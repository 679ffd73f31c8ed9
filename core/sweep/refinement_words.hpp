// What is asked of replicates that decide themselves, as one types it behind `tarama refine SWEEP`.
#pragma once

#include "core/sweep/refinement.hpp"

#include <string>

namespace tarama {

/// "--until 0.005 --first 5 --most 20", "--budget 300 --first 3".
[[nodiscard]] std::string refine_options(const Refinement& asked);

}  // namespace tarama
