// See level_model.hpp.
#include "core/statistics/level_model.hpp"

#include "core/statistics/distributions.hpp"
#include "core/statistics/legendre_rule.hpp"
#include "core/statistics/seeds_left_out.hpp"

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tarama::statistics {
namespace {

constexpr double endless = std::numeric_limits<double>::infinity();
constexpr std::size_t fewest_for_p_best = 3;

/// The x with trigamma(x) = y, by Newton's method on 1 / trigamma (Smyth 2004, appendix).
double inverse_trigamma(double y) {
  if (y > 1e7) {
    return 1 / std::sqrt(y);
  }
  if (y < 1e-6) {
    return 1 / y;
  }
  double x = 0.5 + 1 / y;
  for (int round = 0; round < 50; ++round) {
    const double trigamma = boost::math::trigamma(x);
    const double step = trigamma * (1 - trigamma / y) / boost::math::polygamma(2, x);
    x += step;
    if (std::abs(step) < 1e-12 * x) {
      break;
    }
  }
  return x;
}

/// Nothing is known better than by all degrees of freedom together, as in limma's eBayes.
OwnSpread moderated(const OwnSpread& own, const SpreadPrior& prior, double df_of_all) {
  if (std::isinf(prior.df)) {
    return {prior.variance, df_of_all};
  }
  const double df = prior.df + own.df;
  return {(prior.df * prior.variance + own.df * own.variance) / df, std::min(df, df_of_all)};
}

double df_of_all(const std::vector<OwnSpread>& spreads) {
  double df = 0;
  for (const OwnSpread& own : spreads) {
    df += own.df;
  }
  return df;
}

/// A level's mean as it is known: Student's t about `mean`.
struct KnownMean {
  double mean = 0;
  double error = 0;
  double df = endless;
};

double below(const KnownMean& level, double x) {
  const double z = (x - level.mean) / level.error;
  return std::isinf(level.df) ? normal_below(z) : 1 - t_tail(z, level.df);
}

// Means that are far below the others' never are the best ones; 48 take some hundredths of a
// second.
constexpr std::size_t most_candidates = 48;

/// Those that may be the largest.
std::vector<std::size_t> candidates_of(const std::vector<KnownMean>& levels) {
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return levels[left].mean + 3 * levels[left].error >
           levels[right].mean + 3 * levels[right].error;
  });
  order.resize(std::min(order.size(), most_candidates));
  return order;
}

/// P(level i is the largest) of independent means: the expectation, over where level i lies, that
/// all others lie below, by Gauss and Legendre in its own probability.
std::vector<double> probabilities_of_largest(const std::vector<KnownMean>& levels) {
  const std::vector<QuadraturePoint> rule = legendre_rule(0, 1);
  const std::vector<std::size_t> candidates = candidates_of(levels);
  std::vector<double> probability(levels.size(), 0);
  for (const std::size_t i : candidates) {
    for (const QuadraturePoint& point : rule) {
      const double tail = std::min(point.at, 1 - point.at);
      const double distance = levels[i].error * t_exceeded_with(tail, levels[i].df);
      const double x = levels[i].mean + (point.at < 0.5 ? -distance : distance);
      double product = point.weight;
      for (const std::size_t j : candidates) {
        product *= j == i ? 1 : below(levels[j], x);
      }
      probability[i] += product;
    }
  }
  const double sum = std::accumulate(probability.begin(), probability.end(), 0.0);
  for (double& each : probability) {
    each /= sum;
  }
  return probability;
}

/// The spread by which the level's mean is known against the others' means: of what the seeds have
/// in common nothing is left in it where all levels have the same seeds.
std::vector<OwnSpread> spreads_for_differences(const std::vector<LevelSample>& samples) {
  std::vector<OwnSpread> spreads;
  const bool can_leave_out = samples.size() >= 3 && is_crossed(samples);
  const std::vector<double> without =
      can_leave_out ? variances_without_seeds(samples) : std::vector<double>{};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    spreads.push_back({can_leave_out ? without[i] : variance_of(samples[i]),
                       static_cast<double>(samples[i].values.size()) - 1});
  }
  return spreads;
}

std::vector<OwnSpread> spreads_of(const std::vector<LevelSample>& samples) {
  std::vector<OwnSpread> spreads;
  for (const LevelSample& sample : samples) {
    spreads.push_back({variance_of(sample), static_cast<double>(sample.values.size()) - 1});
  }
  return spreads;
}

/// Nothing where the spreads say nothing.
std::vector<KnownMean> known_means(const std::vector<LevelSample>& samples,
                                   const std::vector<OwnSpread>& spreads,
                                   const ModelRules& rules) {
  const double least = rules.resolution * rules.resolution;
  const auto prior = fit_spread_prior(spreads, least);
  std::vector<KnownMean> known;
  for (std::size_t i = 0; prior && i < samples.size(); ++i) {
    const OwnSpread spread = moderated(spreads[i], *prior, df_of_all(spreads));
    known.push_back({mean_of(samples[i]),
                     std::sqrt(std::max(spread.variance, least) /
                               static_cast<double>(samples[i].values.size())),
                     spread.df});
  }
  return known;
}

}  // namespace

std::optional<SpreadPrior> fit_spread_prior(const std::vector<OwnSpread>& spreads, double least) {
  std::vector<double> logs;  // e_g of Smyth's section 6.2
  double trigammas = 0;
  double sum = 0;
  for (const OwnSpread& own : spreads) {
    const double variance = std::max(own.variance, least);
    if (own.df >= 1 && variance > 0) {
      const double half = own.df / 2;
      logs.push_back(std::log(variance) - boost::math::digamma(half) + std::log(half));
      trigammas += boost::math::trigamma(half);
      sum += variance;
    }
  }
  if (logs.size() < 2) {
    return std::nullopt;
  }
  const auto count = static_cast<double>(logs.size());
  const double mean = std::accumulate(logs.begin(), logs.end(), 0.0) / count;
  double squares = 0;
  for (const double each : logs) {
    squares += (each - mean) * (each - mean);
  }
  const double excess = squares / (count - 1) - trigammas / count;
  if (!(excess > 0)) {
    return SpreadPrior{sum / count, endless};
  }
  const double df = 2 * inverse_trigamma(excess);
  return SpreadPrior{std::exp(mean + boost::math::digamma(df / 2) - std::log(df / 2)), df};
}

std::vector<std::optional<std::pair<double, double>>> mean_intervals(
    const std::vector<LevelSample>& samples, const ModelRules& rules) {
  std::vector<std::optional<std::pair<double, double>>> intervals(samples.size());
  const std::vector<KnownMean> known = known_means(samples, spreads_of(samples), rules);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const double half = known[i].error * t_exceeded_with((1 - rules.confidence) / 2, known[i].df);
    intervals[i] = {known[i].mean - half, known[i].mean + half};
  }
  return intervals;
}

std::vector<std::optional<double>> probabilities_of_best(const std::vector<LevelSample>& samples,
                                                         const ModelRules& rules) {
  std::vector<std::optional<double>> probabilities(samples.size());
  const bool has_enough =
      samples.size() > 1 && std::all_of(samples.begin(), samples.end(), [](const LevelSample& s) {
        return s.values.size() >= fewest_for_p_best;
      });
  if (!has_enough) {
    return probabilities;
  }
  std::vector<KnownMean> known = known_means(samples, spreads_for_differences(samples), rules);
  const bool is_known =
      !known.empty() &&
      std::all_of(known.begin(), known.end(), [](const auto& l) { return l.error > 0; });
  if (!is_known) {
    return probabilities;
  }
  for (KnownMean& level : known) {
    level.mean *= rules.goal == Goal::maximize ? 1 : -1;
  }
  const std::vector<double> largest = probabilities_of_largest(known);
  std::copy(largest.begin(), largest.end(), probabilities.begin());
  return probabilities;
}

}  // namespace tarama::statistics
