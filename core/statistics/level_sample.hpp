// The values that levels are compared by: one for each seed that a level was trained with. Pure.
#pragma once

#include "core/sweep/ids.hpp"

#include <cstdint>
#include <vector>

namespace tarama::statistics {

struct SeedValue {
  std::int64_t seed = 1;
  double value = 0;  // finite

  friend bool operator==(const SeedValue&, const SeedValue&) = default;
};

struct LevelSample {
  LevelId level;
  std::vector<SeedValue> values;  // by seed, each once

  friend bool operator==(const LevelSample&, const LevelSample&) = default;
};

/// 0 without a value.
[[nodiscard]] double mean_of(const LevelSample& sample);

/// Of the sample, n - 1; 0 below two values.
[[nodiscard]] double variance_of(const LevelSample& sample);

/// Both levels' values at the seeds that both have.
struct SeedPairs {
  std::vector<double> left;
  std::vector<double> right;
};

[[nodiscard]] SeedPairs paired_by_seed(const LevelSample& left, const LevelSample& right);

/// Every level has a value at each of the same seeds, two or more.
[[nodiscard]] bool is_crossed(const std::vector<LevelSample>& samples);

}  // namespace tarama::statistics
