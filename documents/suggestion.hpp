// What to run next, by what a sweep has shown: more seeds, a grid beyond the edge of this one, a
// finer one, or nothing.
#pragma once

#include "core/search/next_grid.hpp"
#include "documents/sweep_result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama {

enum class NextStep {
  nothing,     // this sweep has said what its parameters can say
  more_seeds,  // of the same levels
  grid,        // another one
};

struct Suggestion {
  NextStep step = NextStep::nothing;
  std::vector<std::string> reasons;  // sentences, the most important first
  std::vector<Axis> axes{};          // of the file that is suggested
  std::int64_t replicates = 1;       // of that file
};

/// `planned`: the replicates that the sweep's file asks for. Pure. The result has a best level.
[[nodiscard]] Suggestion suggestion_for(const SweepResult& result, std::int64_t planned);

}  // namespace tarama
