// Mean, standard deviation and Student's interval.
#include "core/statistics/level_summary.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarama {

namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double sd_of(const std::vector<double>& values, double mean) {
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// The mean's 95 % interval is mean +- this.
double half_width(double sd, std::size_t count) {
  const auto values = static_cast<double>(count);
  const boost::math::students_t distribution(values - 1);
  return boost::math::quantile(distribution, 0.975) * sd / std::sqrt(values);
}

}  // namespace

LevelSummary summarize(const LevelOutcome& outcome) {
  std::vector<double> values = outcome.values;
  std::erase_if(values, [](double value) { return !std::isfinite(value); });

  LevelSummary summary;
  summary.level = outcome.level;
  summary.replicates = static_cast<std::int64_t>(values.size());
  summary.planned = outcome.planned;
  summary.failed = outcome.failed;
  summary.diverged = outcome.diverged;
  summary.stopped = outcome.stopped;
  summary.steps_per_run = outcome.steps_per_run;
  if (values.empty()) {
    return summary;
  }
  const double mean = mean_of(values);
  summary.mean = mean;
  summary.minimum = *std::ranges::min_element(values);
  summary.maximum = *std::ranges::max_element(values);
  if (values.size() >= 2) {
    const double sd = sd_of(values, mean);
    const double half = half_width(sd, values.size());
    summary.sd = sd;
    summary.ci95 = {mean - half, mean + half};
  }
  return summary;
}

}  // namespace tarama
