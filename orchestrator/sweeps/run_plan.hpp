// A run as it is planned: its key and its length, of its level's row and its seed. The one place
// for submissions, extensions and further replicates. Pure.
#pragma once

#include "core/sweep/run_spec.hpp"

#include <cstdint>
#include <string>

namespace tarama::orchestrator {

/// As if `learner` trained the level.
[[nodiscard]] std::string run_key_by(const std::string& learner,
                                     const LevelRecord& level,
                                     std::int64_t seed);

[[nodiscard]] RunPlan run_plan_of(const LevelRecord& level,
                                  std::int64_t replicate,
                                  std::int64_t seed);

}  // namespace tarama::orchestrator
