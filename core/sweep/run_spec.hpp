// One run, and the level that it replicates: what the grid expands to.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

/// The parameters of a level by name: lr, warmup and epochs first, then every other swept key
/// in the file's order. What `params` shows in SQL and JSON.
using LevelParams = std::vector<std::pair<std::string, ParameterValue>>;

/// A run's parameters without the seed: the thing a user chooses.
struct Level {
  LevelId id;  // from 1, in grid order: the last axis turns fastest
  LevelParams params;
  TrainingSettings training;
  ModelSpec model;

  friend bool operator==(const Level&, const Level&) = default;
};

/// One point of the sweep. `seed` is the sweep's seed + replicate.
struct PlannedRun {
  LevelId level;
  std::int64_t replicate = 0;  // from 0
  std::int64_t seed = 1;

  friend bool operator==(const PlannedRun&, const PlannedRun&) = default;
};

}  // namespace tarama
