// See winner_honest.hpp.
#include "core/statistics/winner_honest.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace tarama::statistics {
namespace {

/// Each compared level's values at the seeds that all of them have.
std::vector<std::vector<double>> at_common_seeds(const std::vector<LevelSample>& samples) {
  std::map<std::int64_t, std::size_t> levels_by_seed;
  std::size_t compared = 0;
  for (const LevelSample& sample : samples) {
    if (sample.values.size() >= 2) {
      ++compared;
      for (const SeedValue& each : sample.values) {
        ++levels_by_seed[each.seed];
      }
    }
  }
  std::vector<std::vector<double>> values;
  for (const LevelSample& sample : samples) {
    if (sample.values.size() >= 2) {
      values.emplace_back();
      for (const SeedValue& each : sample.values) {
        if (levels_by_seed.at(each.seed) == compared) {
          values.back().push_back(each.value);
        }
      }
    }
  }
  return values;
}

}  // namespace

std::optional<double> winner_on_a_new_seed(const std::vector<LevelSample>& samples, Goal goal) {
  const std::vector<std::vector<double>> values = at_common_seeds(samples);
  if (values.empty() || values.front().size() < 2) {
    return std::nullopt;
  }
  const std::size_t seeds = values.front().size();
  std::vector<double> sums;
  for (const std::vector<double>& level : values) {
    double sum = 0;
    for (const double value : level) {
      sum += value;
    }
    sums.push_back(goal == Goal::maximize ? sum : -sum);
  }
  double total = 0;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    std::size_t chosen = 0;
    double most = 0;
    for (std::size_t level = 0; level < values.size(); ++level) {
      const double own = goal == Goal::maximize ? values[level][seed] : -values[level][seed];
      const double without = sums[level] - own;
      if (level == 0 || without > most) {
        chosen = level;
        most = without;
      }
    }
    total += values[chosen][seed];
  }
  return total / static_cast<double>(seeds);
}

}  // namespace tarama::statistics
