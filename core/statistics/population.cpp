// Resamples of examples and seeds, and what the metric is on each.
#include "core/statistics/population.hpp"

#include "core/statistics/distributions.hpp"
#include "core/sweep/assert.hpp"
#include "core/training/classification_metrics.hpp"
#include "core/training/philox.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace tarama::statistics {
namespace {

constexpr std::size_t seeds_to_resample =
    10;  // fewer, drawn again, show too little of their spread

using Indices = std::vector<std::size_t>;

Indices all_of(std::size_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

/// `count` of 0 .. count-1 with replacement; `number` says which draw it is.
Indices drawn(std::size_t count, Place place, std::int64_t number) {
  PhiloxStream random({.seed = 1, .place = place, .step = number});
  Indices indices(count);
  for (std::size_t& index : indices) {
    index = random.below(count);
  }
  return indices;
}

double metric_on(const PredictedRun& run,
                 const EvaluationSet& set,
                 const Indices& examples,
                 MetricName metric) {
  ConfusionMatrix matrix(set.classes);
  for (const std::size_t example : examples) {
    matrix.add(set.labels[example], run.classes[example]);
  }
  const ClassificationMetrics metrics = metrics_of(matrix);
  switch (metric) {
    case MetricName::mcc:
      return metrics.mcc;
    case MetricName::macro_f1:
      return metrics.macro_f1;
    case MetricName::flat_accuracy:
    case MetricName::loss:
    case MetricName::reported:
      return metrics.flat_accuracy;
  }
  return metrics.flat_accuracy;
}

std::vector<double> metrics_on(const std::vector<PredictedRun>& runs,
                               const EvaluationSet& set,
                               const Indices& examples,
                               MetricName metric) {
  std::vector<double> values;
  for (const PredictedRun& run : runs) {
    values.push_back(metric_on(run, set, examples, metric));
  }
  return values;
}

double mean_at(std::span<const double> values, const Indices& indices) {
  double sum = 0;
  for (const std::size_t index : indices) {
    sum += values[index];
  }
  return sum / static_cast<double>(indices.size());
}

double variance(std::span<const double> values) {
  const double mean = mean_at(values, all_of(values.size()));
  double sum = 0;
  for (const double value : values) {
    sum += (value - mean) * (value - mean);
  }
  return values.size() < 2 ? 0 : sum / static_cast<double>(values.size() - 1);
}

/// A part of the variance of a mean, with what its estimate is worth.
struct Part {
  double variance = 0;
  double df = 1;
};

PopulationInterval by_t(double mean, std::span<const Part> parts, double confidence) {
  double sum = 0;
  double squares = 0;
  for (const Part& part : parts) {
    sum += part.variance;
    squares += part.variance * part.variance / part.df;
  }
  if (sum <= 0) {
    return {mean, mean, mean};
  }
  const double reach = t_exceeded_with((1 - confidence) / 2, sum * sum / squares) * std::sqrt(sum);
  return {mean, mean - reach, mean + reach};
}

PopulationInterval by_percentiles(double mean, std::vector<double> values, double confidence) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, values.size() - 1);
    return std::lerp(values[below], values[above], place - static_cast<double>(below));
  };
  return {mean, at((1 - confidence) / 2), at((1 + confidence) / 2)};
}

/// One level's runs, or two levels' of which the second counts against the first.
struct Contrast {
  const std::vector<PredictedRun>& level;
  const std::vector<PredictedRun>* other;  // nullptr: none
  bool is_paired;                          // the runs of both have the same seeds in order
};

bool have_equal_seeds(const std::vector<PredictedRun>& left,
                      const std::vector<PredictedRun>& right) {
  return std::ranges::equal(left, right, {}, &PredictedRun::seed, &PredictedRun::seed);
}

/// The contrast on given examples, with runs drawn as `draw` says: with replacement, or all.
double contrast_on(const Contrast& contrast,
                   const EvaluationSet& set,
                   const Indices& examples,
                   MetricName metric,
                   std::optional<std::int64_t> draw) {
  const auto runs_of = [&](const std::vector<PredictedRun>& runs, std::int64_t which) {
    return draw ? drawn(runs.size(), Place::resampled_seeds, 2 * *draw + which)
                : all_of(runs.size());
  };
  const double mean =
      mean_at(metrics_on(contrast.level, set, examples, metric), runs_of(contrast.level, 0));
  if (contrast.other == nullptr) {
    return mean;
  }
  const Indices others = runs_of(*contrast.other, contrast.is_paired ? 0 : 1);
  return mean - mean_at(metrics_on(*contrast.other, set, examples, metric), others);
}

/// What the seeds add to the variance of the contrast's mean.
std::vector<Part> seed_parts(const Contrast& contrast,
                             const EvaluationSet& set,
                             MetricName metric) {
  const Indices examples = all_of(set.labels.size());
  std::vector<double> values = metrics_on(contrast.level, set, examples, metric);
  const auto part_of = [](const std::vector<double>& of) {
    const auto count = static_cast<double>(of.size());
    return Part{variance(of) / count, count - 1};
  };
  if (contrast.other == nullptr) {
    return {part_of(values)};
  }
  const std::vector<double> others = metrics_on(*contrast.other, set, examples, metric);
  if (!contrast.is_paired) {
    return {part_of(values), part_of(others)};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] -= others[i];
  }
  return {part_of(values)};
}

PopulationInterval interval_of(const Contrast& contrast,
                               const EvaluationSet& set,
                               const PopulationRules& rules) {
  const std::size_t count = set.labels.size();
  const std::size_t fewest = contrast.other == nullptr
                                 ? contrast.level.size()
                                 : std::min(contrast.level.size(), contrast.other->size());
  const bool draws_seeds = fewest >= seeds_to_resample;
  std::vector<double> resampled;
  for (std::int64_t number = 0; number < rules.resamples; ++number) {
    const Indices examples = drawn(count, Place::resampled_examples, number);
    resampled.push_back(contrast_on(
        contrast, set, examples, rules.metric, draws_seeds ? std::optional(number) : std::nullopt));
  }
  const double mean = contrast_on(contrast, set, all_of(count), rules.metric, std::nullopt);
  if (draws_seeds) {
    return by_percentiles(mean, std::move(resampled), rules.confidence);
  }
  std::vector<Part> parts = seed_parts(contrast, set, rules.metric);
  parts.push_back({variance(resampled), std::max(1.0, static_cast<double>(count) - 1)});
  return by_t(mean, parts, rules.confidence);
}

bool is_estimable(const std::vector<PredictedRun>& level,
                  const EvaluationSet& set,
                  const PopulationRules& rules) {
  TARAMA_ASSERT(
      std::ranges::all_of(
          level, [&](const PredictedRun& run) { return run.classes.size() == set.labels.size(); }),
      "every run has a class for each example");
  return level.size() >= 2 && !set.labels.empty() && rules.metric != MetricName::loss &&
         rules.metric != MetricName::reported;
}

}  // namespace

std::optional<PopulationInterval> population_mean(const std::vector<PredictedRun>& level,
                                                  const EvaluationSet& set,
                                                  const PopulationRules& rules) {
  if (!is_estimable(level, set, rules)) {
    return std::nullopt;
  }
  return interval_of({level, nullptr, false}, set, rules);
}

std::optional<PopulationInterval> population_difference(const std::vector<PredictedRun>& level,
                                                        const std::vector<PredictedRun>& other,
                                                        const EvaluationSet& set,
                                                        const PopulationRules& rules) {
  if (!is_estimable(level, set, rules) || !is_estimable(other, set, rules)) {
    return std::nullopt;
  }
  return interval_of({level, &other, have_equal_seeds(level, other)}, set, rules);
}

}  // namespace tarama::statistics
