// See level_sample.hpp.
#include "core/statistics/level_sample.hpp"

#include <algorithm>

namespace tarama::statistics {

double mean_of(const LevelSample& sample) {
  double sum = 0;
  for (const SeedValue& each : sample.values) {
    sum += each.value;
  }
  return sample.values.empty() ? 0 : sum / static_cast<double>(sample.values.size());
}

double variance_of(const LevelSample& sample) {
  if (sample.values.size() < 2) {
    return 0;
  }
  const double mean = mean_of(sample);
  double squares = 0;
  for (const SeedValue& each : sample.values) {
    squares += (each.value - mean) * (each.value - mean);
  }
  return squares / static_cast<double>(sample.values.size() - 1);
}

SeedPairs paired_by_seed(const LevelSample& left, const LevelSample& right) {
  SeedPairs pairs;
  auto at = right.values.begin();
  for (const SeedValue& each : left.values) {
    while (at != right.values.end() && at->seed < each.seed) {
      ++at;
    }
    if (at != right.values.end() && at->seed == each.seed) {
      pairs.left.push_back(each.value);
      pairs.right.push_back(at->value);
    }
  }
  return pairs;
}

bool is_crossed(const std::vector<LevelSample>& samples) {
  const auto has_seeds_of_first = [&](const LevelSample& sample) {
    return std::equal(
        sample.values.begin(),
        sample.values.end(),
        samples.front().values.begin(),
        samples.front().values.end(),
        [](const SeedValue& left, const SeedValue& right) { return left.seed == right.seed; });
  };
  return !samples.empty() && samples.front().values.size() >= 2 &&
         std::all_of(samples.begin(), samples.end(), has_seeds_of_first);
}

}  // namespace tarama::statistics
