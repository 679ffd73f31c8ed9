// Which architecture a folder's weights are of, by the names of their tensors: for files older than
// the key `model_type`, of which every model since tells itself.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <filesystem>

namespace tarama::input {

/// An error, to go on behind "...and ", where they are of neither, or cannot be read.
[[nodiscard]] Result<Norm> norm_by_tensors(const std::filesystem::path& folder);

}  // namespace tarama::input
