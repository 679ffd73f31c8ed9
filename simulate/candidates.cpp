// See candidates.hpp.
#include "simulate/candidates.hpp"

#include "core/statistics/comparison.hpp"
#include "core/statistics/distributions.hpp"
#include "core/statistics/dunnett.hpp"
#include "core/statistics/seeds_left_out.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace tarama::simulate {
namespace {

using statistics::LevelSample;

TiedSet tied_by(const std::vector<LevelSample>& samples, statistics::ComparisonMethod method) {
  const auto comparison = statistics::compare_with_best(samples, {.method = method});
  TiedSet tied;
  for (const statistics::ComparedLevel& level : comparison.levels) {
    tied.push_back(level.is_tied);
  }
  return tied;
}

std::vector<double> means_of(const std::vector<LevelSample>& samples) {
  std::vector<double> means;
  for (const LevelSample& sample : samples) {
    means.push_back(statistics::mean_of(sample));
  }
  return means;
}

TiedSet first_alone(const std::vector<LevelSample>& samples) {
  const std::vector<double> means = means_of(samples);
  TiedSet tied(means.size(), false);
  tied[static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin())] =
      true;
  return tied;
}

/// Hsu's MCB with one spread for all levels; `quantile` is Dunnett's.
TiedSet pooled(const std::vector<LevelSample>& samples, double quantile) {
  double variance = 0;
  for (const LevelSample& sample : samples) {
    variance += statistics::variance_of(sample) / static_cast<double>(samples.size());
  }
  const std::vector<double> means = means_of(samples);
  const double reach =
      quantile * std::sqrt(2 * variance / static_cast<double>(samples.front().values.size()));
  const double most = *std::max_element(means.begin(), means.end());
  TiedSet tied;
  for (const double mean : means) {
    tied.push_back(mean + reach > most);
  }
  return tied;
}

/// Student's quantiles over degrees of freedom from n - 1 to 2 (n - 1), as Welch's may be.
class WelchQuantiles {
 public:
  WelchQuantiles(double tail, int replicates) : from_(replicates - 1) {
    for (double df = from_; df <= 2 * from_ + 2 * step; df += step) {
      values_.push_back(statistics::t_exceeded_with(tail, df));
    }
  }

  [[nodiscard]] double operator()(double df) const {
    const double at = (df - from_) / step;
    const auto below = static_cast<std::size_t>(std::max(0.0, at));
    const double share = at - static_cast<double>(below);
    return values_[below] + share * (values_[below + 1] - values_[below]);
  }

 private:
  static constexpr double step = 0.01;
  double from_;
  std::vector<double> values_;
};

/// Seeds' effects subtracted, each level's own spread, Welch's degrees of freedom. `grubbs`: his
/// estimate as published; it falls to 0 where it would be negative.
TiedSet seeds_left_out(const std::vector<LevelSample>& samples, const WelchQuantiles& quantiles) {
  const auto replicates = static_cast<double>(samples.front().values.size());
  const std::vector<double> variances = statistics::grubbs_variances(samples);
  const std::vector<double> means = means_of(samples);
  TiedSet tied(samples.size(), true);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t j = 0; j < samples.size() && tied[i]; ++j) {
      const double sum = variances[i] + variances[j];
      if (means[j] <= means[i] || sum <= 0) {
        continue;
      }
      const double df = (replicates - 1) * sum * sum /
                        (variances[i] * variances[i] + variances[j] * variances[j]);
      tied[i] = (means[j] - means[i]) / std::sqrt(sum / replicates) <= quantiles(df);
    }
  }
  return tied;
}

}  // namespace

std::vector<Candidate> candidates_for(std::size_t levels, int replicates) {
  const double tail = .05 / static_cast<double>(levels - 1);
  const auto quantiles = std::make_shared<const WelchQuantiles>(tail, replicates);
  const double dunnett = statistics::dunnett_exceeded_with(
      .05,
      {.control_runs = replicates,
       .rival_runs = std::vector<std::int64_t>(levels - 1, replicates),
       .df = static_cast<double>(levels) * (replicates - 1)});
  using statistics::ComparisonMethod;
  return {
      {"paired", [](const auto& samples) { return tied_by(samples, ComparisonMethod::paired); }},
      {"separate",
       [](const auto& samples) { return tied_by(samples, ComparisonMethod::separate); }},
      {"Grubbs", [quantiles](const auto& s) { return seeds_left_out(s, *quantiles); }},
      {"pooled MCB", [dunnett](const auto& samples) { return pooled(samples, dunnett); }},
      {"ranking", first_alone}};
}

}  // namespace tarama::simulate
