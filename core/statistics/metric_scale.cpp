// See metric_scale.hpp.
#include "core/statistics/metric_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarama::statistics {

double metric_resolution(MetricName metric, std::int64_t eval_examples) {
  // A loss of about 1 in float32, summed over many examples.
  constexpr double rounding = 1e-6;
  // Of any scale: so little that it only keeps equal values from having no spread at all.
  constexpr double least = 1e-12;
  if (metric == MetricName::reported) {
    return least;
  }
  if (metric == MetricName::loss || eval_examples < 1) {
    return rounding;
  }
  return 1 / static_cast<double>(eval_examples);
}

std::pair<double, double> metric_range(MetricName metric) {
  switch (metric) {
    case MetricName::flat_accuracy:
    case MetricName::macro_f1:
      return {0, 1};
    case MetricName::mcc:
      return {-1, 1};
    case MetricName::loss:
      return {0, std::numeric_limits<double>::infinity()};
    case MetricName::reported:
      break;  // nobody knows
  }
  return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
}

std::optional<double> constant_guess(MetricName metric,
                                     std::optional<double> majority_share,
                                     std::int64_t classes) {
  switch (metric) {
    case MetricName::flat_accuracy:
      return majority_share;
    case MetricName::mcc:
      return 0.0;
    case MetricName::loss:
      return classes >= 2 ? std::optional(std::log(static_cast<double>(classes))) : std::nullopt;
    case MetricName::macro_f1:
      if (majority_share && classes >= 1) {
        return 2 * *majority_share / (1 + *majority_share) / static_cast<double>(classes);
      }
      return std::nullopt;
    case MetricName::reported:
      return std::nullopt;  // nobody knows what it measures
  }
  return std::nullopt;
}

std::optional<double> evaluation_error(MetricName metric,
                                       double value,
                                       std::int64_t eval_examples) {
  if (metric != MetricName::flat_accuracy || eval_examples < 1) {
    return std::nullopt;
  }
  const double share = std::clamp(value, 0.0, 1.0);
  return std::sqrt(share * (1 - share) / static_cast<double>(eval_examples));
}

}  // namespace tarama::statistics
