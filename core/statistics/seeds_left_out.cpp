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

/// Q_i, whose expectation is s_i (1 - 2/k) + sum of s / k^2 for the variances s of k levels.
std::vector<double> residual_variances(const std::vector<LevelSample>& samples) {
  const std::vector<double> effects = seed_effects(samples);
  std::vector<double> residual;
  for (const LevelSample& sample : samples) {
    const double mean = mean_of(sample);
    double squares = 0;
    for (std::size_t seed = 0; seed < effects.size(); ++seed) {
      const double left = sample.values[seed].value - mean - effects[seed];
      squares += left * left;
    }
    residual.push_back(squares / static_cast<double>(effects.size() - 1));
  }
  return residual;
}

std::vector<double> grubbs_of(const std::vector<double>& residual) {
  const auto levels = static_cast<double>(residual.size());
  const double sum = std::accumulate(residual.begin(), residual.end(), 0.0) * levels / (levels - 1);
  std::vector<double> variances;
  for (const double own : residual) {
    variances.push_back(std::max(0.0, (own - sum / (levels * levels)) / (1 - 2 / levels)));
  }
  return variances;
}

}  // namespace

std::vector<double> grubbs_variances(const std::vector<LevelSample>& samples) {
  return grubbs_of(residual_variances(samples));
}

std::vector<double> variances_without_seeds(const std::vector<LevelSample>& samples) {
  const std::vector<double> residual = residual_variances(samples);
  std::vector<double> variances = grubbs_of(residual);
  for (std::size_t i = 0; i < variances.size(); ++i) {
    variances[i] = std::max(variances[i], residual[i]);
  }
  return variances;
}

}  // namespace tarama::statistics
