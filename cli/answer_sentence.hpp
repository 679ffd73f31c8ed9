// The answer of a sweep in one sentence, for somebody who knows no statistics: at which level to
// train, how sure that is, and what it would cost less. Pure.
#pragma once

#include "documents/sweep_result.hpp"

#include <string>
#include <vector>

namespace tarama::cli {

/// Always one sentence, without a line feed.
[[nodiscard]] std::string answer_sentence(const SweepResult& result);

/// A level by the parameters in which the sweep's levels differ: "lr 3e-5, epochs 3". All of them
/// where it is the only level.
[[nodiscard]] std::string level_words(const SweepResult& result, const RankedLevel& level);

/// What else is to be said, a line each: what the best level's mean is worth, edges of the grid,
/// the label of `take: best`, levels that have too few runs to be compared.
[[nodiscard]] std::vector<std::string> answer_notes(const SweepResult& result);

}  // namespace tarama::cli
