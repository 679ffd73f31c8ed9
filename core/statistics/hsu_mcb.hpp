// Hsu's multiple comparisons with the best, as published: one spread for all levels. Larger is
// better here. Private to the room; comparison.hpp is its door.
#pragma once

#include "core/statistics/comparison.hpp"

#include <vector>

namespace tarama::statistics {

/// One-way: the pooled spread within levels. The rule for unequal numbers of runs is that of Hsu
/// (1996), p. 94. Every sample has a value; together they have more values than levels.
[[nodiscard]] std::vector<ComparedLevel> one_way_mcb(const std::vector<LevelSample>& samples,
                                                     const ComparisonRules& rules);

/// With seeds as blocks: the spread that is left without levels' and seeds' effects. The samples
/// are crossed, two levels or more.
[[nodiscard]] std::vector<ComparedLevel> blocked_mcb(const std::vector<LevelSample>& samples,
                                                     const ComparisonRules& rules);

}  // namespace tarama::statistics
