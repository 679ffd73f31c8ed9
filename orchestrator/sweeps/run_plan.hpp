// A run as it is planned: its key and its length, of its level's row and its seed. The one place
// for submissions, extensions and further replicates. Pure.
#pragma once

#include "core/sweep/run_spec.hpp"
#include "db/run_store.hpp"

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

/// For runs that no file has asked for: the sweep of this name grows by itself. No levels yet, and
/// no runs.
[[nodiscard]] db::NewSweep growth_of(std::string name, TimePoint now);

}  // namespace tarama::orchestrator
