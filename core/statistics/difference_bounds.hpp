// What the methods of comparison.hpp share: from bounds on the differences of pairs to the tied set
// and each level's difference to the best other one. Larger is better here. Private to the room.
#pragma once

#include "core/statistics/comparison.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace tarama::statistics {

/// How well the difference of two levels is known.
struct PairBound {
  double difference = 0;  // left minus right, as estimated
  double margin = 0;      // the true one is at most this larger; infinite: nothing is known
};

/// The bound of a pair. `control` is the level whose being the best is in question: methods with
/// Dunnett's quantiles depend on its number of runs.
using BoundOfPair =
    std::function<PairBound(std::size_t left, std::size_t right, std::size_t control)>;

/// Hsu's bounds: upper D+ = max(0, min_j (d_ij + margin)); tied where it is above 0; lower
/// D- = min(0, min over tied j of (d_ij - margin with j as control)), 0 where the level alone is
/// tied. `means` orders the rivals, so that most are never looked at.
[[nodiscard]] std::vector<ComparedLevel> bounds_from_pairs(const std::vector<double>& means,
                                                           const BoundOfPair& bound);

}  // namespace tarama::statistics
