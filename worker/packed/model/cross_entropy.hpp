// The mean cross entropy of scores, and its gradient; in double whatever the scores are in.
#pragma once

#include <cstdint>
#include <span>

namespace tarama::packed {

/// `scores` is [labels.size(), classes]; d_scores the same, or empty where it is not asked for.
template <class Real>
[[nodiscard]] double cross_entropy(std::span<const Real> scores,
                                   std::span<const std::int32_t> labels,
                                   std::span<Real> d_scores);

}  // namespace tarama::packed
