// See seeds_left_out.hpp.
#include "core/statistics/seeds_left_out.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tarama::statistics {
namespace {

/// Each seed's mean over the levels, of deviations from the level's mean.
std::vector<double> seed_effects(const std::vector<LevelSample>& samples) {
  std::vector<double> effects(samples.front().values.size(), 0);
  for (const LevelSample& sample : samples) {
    const double mean = mean_of(sample);
    for (std::size_t seed = 0; seed < effects.size(); ++seed) {
      effects[seed] += (sample.values[seed].value - mean) / static_cast<double>(samples.size());
    }
  }
  return effects;
}

}  // namespace

std::vector<double> variances_without_seeds(const std::vector<LevelSample>& samples) {
  const std::vector<double> effects = seed_effects(samples);
  const auto levels = static_cast<double>(samples.size());
  std::vector<double> residual;  // Q_i, whose expectation is s_i (1 - 2/k) + sum of s / k^2
  for (const LevelSample& sample : samples) {
    const double mean = mean_of(sample);
    double squares = 0;
    for (std::size_t seed = 0; seed < effects.size(); ++seed) {
      const double left = sample.values[seed].value - mean - effects[seed];
      squares += left * left;
    }
    residual.push_back(squares / static_cast<double>(effects.size() - 1));
  }
  const double sum = std::accumulate(residual.begin(), residual.end(), 0.0) * levels / (levels - 1);
  std::vector<double> variances;
  for (const double own : residual) {
    variances.push_back(std::max(own, (own - sum / (levels * levels)) / (1 - 2 / levels)));
  }
  return variances;
}

}  // namespace tarama::statistics
