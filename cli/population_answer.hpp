// How good the levels are on new data of the same kind, not only on this evaluation set: what
// `levels --population` adds, from the predictions that the store keeps.
#pragma once

#include "cli/levels_text.hpp"
#include "core/statistics/population.hpp"
#include "documents/sweep_result.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

struct LevelPopulation {
  std::size_t place = 0;  // in SweepResult::levels
  std::int64_t runs = 0;  // with predictions
  statistics::PopulationInterval mean;
  /// This level minus the best other one of these.
  std::optional<statistics::PopulationInterval> difference;
};

struct PopulationAnswer {
  std::vector<LevelPopulation> levels;  // best first
  std::int64_t examples = 0;
};

/// Of the tied levels, the first 20 of them: levels that are behind on this set are no candidates,
/// and 1000 resamples of each cost time. `not_found` where too few predictions are kept,
/// `invalid_argument` for a metric that predicted classes do not give.
[[nodiscard]] Result<PopulationAnswer> read_population(const db::ReadStore& store,
                                                       const SweepResult& result);

/// A sentence and a table.
[[nodiscard]] std::string population_text(const SweepResult& result,
                                          const PopulationAnswer& answer,
                                          const LevelsLayout& layout);

[[nodiscard]] nlohmann::ordered_json population_json(const SweepResult& result,
                                                     const PopulationAnswer& answer);

}  // namespace tarama::cli
