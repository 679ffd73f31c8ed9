// Which models stay with `keep.models: best`: those of the best level, and of what is not told
// apart from it. While a sweep goes on only those go that no end of it would keep. Pure.
#pragma once

#include "core/statistics/sweep_answer.hpp"
#include "core/sweep/ids.hpp"

#include <set>
#include <vector>

namespace tarama::statistics {

/// The levels that can be dropped while others are still trained: all their runs have succeeded,
/// and so have all of a level that they are clearly behind. The error is shared over all levels
/// that the sweep has, so that what is dropped would not be tied at its end; where levels have one
/// run each, it goes by the value.
[[nodiscard]] std::set<LevelId> clearly_behind(const std::vector<LevelEvidence>& levels,
                                               const AnswerRules& rules);

/// The levels whose models stay at the sweep's end: the best one, what is tied with it, and those
/// with a failed run, which `retry` may make the best.
[[nodiscard]] std::set<LevelId> kept_at_the_end(const std::vector<LevelEvidence>& levels,
                                                const AnswerRules& rules);

}  // namespace tarama::statistics
