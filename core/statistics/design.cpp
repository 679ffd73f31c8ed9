// See design.hpp.
#include "core/statistics/design.hpp"

#include "core/statistics/distributions.hpp"

#include <cmath>

namespace tarama::statistics {

std::optional<double> detectable_difference(const SweepDesign& design) {
  constexpr std::int64_t fewest = 3;  // with two, the quantile of 12 levels is 70
  constexpr double missed = 0.2;
  if (design.levels < 2 || design.replicates < fewest) {
    return std::nullopt;
  }
  const double df = static_cast<double>(design.replicates) - 1;
  const double tail = (1 - design.confidence) / (static_cast<double>(design.levels) - 1);
  return (t_exceeded_with(tail, df) + t_exceeded_with(missed, df)) * design.spread *
         std::sqrt(2 / static_cast<double>(design.replicates));
}

std::optional<std::int64_t> replicates_to_tell(double difference,
                                               SweepDesign design,
                                               std::int64_t most) {
  for (design.replicates = 3; design.replicates <= most; ++design.replicates) {
    if (detectable_difference(design).value_or(difference) < difference) {
      return design.replicates;
    }
  }
  return std::nullopt;
}

double typical_spread(MetricName metric) {
  switch (metric) {
    case MetricName::flat_accuracy:
      return 0.01;
    case MetricName::mcc:
    case MetricName::macro_f1:
    case MetricName::loss:
    case MetricName::reported:
      return 0.02;
  }
  return 0.02;
}

}  // namespace tarama::statistics
