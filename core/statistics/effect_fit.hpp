// The means of a whole grid, where some of its cells are missing: by least squares on the effects
// of parameters and pairs. Private to the room.
#pragma once

#include "core/statistics/functional_anova.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace tarama::statistics {

/// A mean for every cell, the last axis fastest. nullopt: the cells at hand do not determine the
/// parameters' effects.
[[nodiscard]] std::optional<std::vector<double>> complete_grid(
    const std::vector<GridCell>& cells, const std::vector<std::size_t>& sizes);

}  // namespace tarama::statistics
