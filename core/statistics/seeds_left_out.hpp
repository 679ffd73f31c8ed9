// Each level's own spread without what its seeds have in common with the other levels. Pure.
//
// Source: Grubbs, On estimating precision of measuring instruments and product variability, JASA 43
// (1948): levels are the instruments, seeds what is measured.
#pragma once

#include "core/statistics/level_sample.hpp"

#include <vector>

namespace tarama::statistics {

/// Grubbs's estimates, 0 where they would be negative. The samples are crossed and at least three.
[[nodiscard]] std::vector<double> grubbs_variances(const std::vector<LevelSample>& samples);

/// Variances in the order of the samples, which are crossed and at least three. Grubbs's estimate,
/// or the residual variance where that is larger: his own can fall to nothing beside a level of
/// large spread.
[[nodiscard]] std::vector<double> variances_without_seeds(const std::vector<LevelSample>& samples);

}  // namespace tarama::statistics
