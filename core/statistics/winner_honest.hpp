// What the choice of the best level is worth on a seed that had no part in it. Pure.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <optional>
#include <vector>

namespace tarama::statistics {

/// The mean over seeds s of seed s's value at the level with the best mean over the other seeds, of
/// equals the first. Over the seeds that every level with two values or more has; nullopt below two
/// of them.
[[nodiscard]] std::optional<double> winner_on_a_new_seed(const std::vector<LevelSample>& samples,
                                                         Goal goal);

}  // namespace tarama::statistics
