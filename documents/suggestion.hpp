// What to run next, by what a sweep has shown: more seeds (`tarama refine`), a grid beyond the edge
// of this one, a finer one, or nothing.
#pragma once

#include "core/search/next_grid.hpp"
#include "core/sweep/refinement.hpp"
#include "documents/sweep_result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

enum class NextStep {
  nothing,     // this sweep has said what its parameters can say
  more_seeds,  // of the same levels: `refine`
  grid,        // another one
};

struct Suggestion {
  NextStep step = NextStep::nothing;
  std::vector<std::string> reasons;    // sentences, the most important first
  std::optional<Refinement> refine{};  // of more_seeds
  // Of grid, the file that is suggested:
  std::vector<Axis> axes{};
  std::int64_t replicates = 1;
};

/// `planned`: the replicates that the sweep's file asks for. Pure. The result has a best level.
[[nodiscard]] Suggestion suggestion_for(const SweepResult& result, std::int64_t planned);

/// What gives every level of a sweep as many seeds as it takes to tell luck from merit; nullopt:
/// they have them, or are planned to.
[[nodiscard]] std::optional<Refinement> enough_seeds_for(const SweepResult& result);

}  // namespace tarama
