// Mean, standard deviation and Student's interval, and the order of levels.
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

bool is_before(const LevelSummary& left, const LevelSummary& right, Goal goal) {
  if (left.mean.has_value() != right.mean.has_value()) {
    return left.mean.has_value();
  }
  if (left.is_complete() != right.is_complete()) {
    return left.is_complete();
  }
  if (left.mean != right.mean) {
    return goal == Goal::maximize ? left.mean > right.mean : left.mean < right.mean;
  }
  if (left.steps_per_run != right.steps_per_run) {
    return left.steps_per_run < right.steps_per_run;
  }
  return left.level < right.level;
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

std::vector<LevelSummary> rank_levels(std::vector<LevelSummary> levels, Goal goal) {
  std::ranges::sort(levels, [goal](const LevelSummary& left, const LevelSummary& right) {
    return is_before(left, right, goal);
  });
  return levels;
}

std::optional<LevelSummary> best_level(const std::vector<LevelSummary>& levels, Goal goal) {
  const auto best =
      std::ranges::min_element(levels, [goal](const LevelSummary& left, const LevelSummary& right) {
        return is_before(left, right, goal);
      });
  return best == levels.end() || !best->mean ? std::nullopt : std::optional(*best);
}

}  // namespace tarama
