// The distributions that comparisons need, over Boost.Math: quantiles and tails of the normal,
// Student's t, chi-squared and beta, each with its range checked. Pure.
#pragma once

#include <cstdint>

namespace tarama::statistics {

/// Student's t: the value that is exceeded with probability `tail` (0 < tail <= 1/2); infinite
/// below a degree of freedom that says anything (`df` < 0.01).
[[nodiscard]] double t_exceeded_with(double tail, double df);

/// P(T > t) of Student's t.
[[nodiscard]] double t_tail(double t, double df);

/// Density and distribution of the standard normal.
[[nodiscard]] double normal_density(double z);
[[nodiscard]] double normal_below(double z);

/// The standard normal's value that is exceeded with probability `tail`.
[[nodiscard]] double normal_exceeded_with(double tail);

/// The rate of something that was seen in `seen` of `of` trials, at most so, with `confidence`: the
/// upper end of the one-sided interval of Clopper and Pearson (Biometrika 26, 1934). 1 where all
/// were, or none was tried.
[[nodiscard]] double rate_at_most(std::int64_t seen, std::int64_t of, double confidence);

}  // namespace tarama::statistics
