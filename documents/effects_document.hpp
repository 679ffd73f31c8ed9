// What each parameter of a sweep does to its metric, as a value and as the document of `effects`.
#pragma once

#include "core/statistics/functional_anova.hpp"
#include "documents/sweep_result.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tarama {

struct SweepEffects {
  std::vector<std::string> parameters;                      // those of two values or more
  std::vector<std::vector<nlohmann::ordered_json>> values;  // of each, in the grid's order
  statistics::Effects effects;                              // by places in these
};

/// Over the levels that have a value.
[[nodiscard]] SweepEffects effects_of(const SweepResult& result);

[[nodiscard]] nlohmann::ordered_json effects_json(const SweepResult& result,
                                                  const SweepEffects& effects);

}  // namespace tarama
