// See hsu_mcb.hpp.
#include "core/statistics/hsu_mcb.hpp"

#include "core/statistics/difference_bounds.hpp"
#include "core/statistics/dunnett.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace tarama::statistics {
namespace {

// A probability takes a millisecond, and nobody reads more of them.
constexpr std::size_t most_with_p = 200;

std::int64_t runs_of(const LevelSample& sample) {
  return static_cast<std::int64_t>(sample.values.size());
}

/// The common spread, and what it is known by.
struct PooledSpread {
  double variance = 0;
  double df = 0;
};

/// MCB with a given spread: quantiles and probabilities depend on a control's number of runs alone.
class PooledComparison {
 public:
  PooledComparison(const std::vector<LevelSample>& samples,
                   PooledSpread spread,
                   const ComparisonRules& rules)
      : samples_(samples), spread_(spread), tail_(1 - rules.confidence) {
    spread_.variance = std::max(spread_.variance, rules.resolution * rules.resolution);
    for (const LevelSample& sample : samples) {
      means_.push_back(mean_of(sample));
      if (samples.size() > 1 && !quantile_.contains(runs_of(sample))) {
        quantile_[runs_of(sample)] = dunnett_exceeded_with(tail_, design_of(sample));
      }
    }
  }

  [[nodiscard]] std::vector<ComparedLevel> compare() const {
    std::vector<ComparedLevel> levels =
        bounds_from_pairs(means_, [this](std::size_t left, std::size_t right, std::size_t control) {
          return PairBound{means_[left] - means_[right],
                           quantile_.at(runs_of(samples_[control])) * error_of(left, right)};
        });
    if (samples_.size() > 1 && samples_.size() <= most_with_p) {
      set_p(levels);
    }
    return levels;
  }

 private:
  [[nodiscard]] DunnettDesign design_of(const LevelSample& control) const {
    DunnettDesign design{.control_runs = runs_of(control), .rival_runs = {}, .df = spread_.df};
    for (const LevelSample& sample : samples_) {
      if (&sample != &control) {
        design.rival_runs.push_back(runs_of(sample));
      }
    }
    return design;
  }

  [[nodiscard]] double error_of(std::size_t left, std::size_t right) const {
    return std::sqrt(spread_.variance * (1 / static_cast<double>(runs_of(samples_[left])) +
                                         1 / static_cast<double>(runs_of(samples_[right]))));
  }

  /// By how many standard errors the rival that speaks most against it is better.
  [[nodiscard]] double statistic_of(std::size_t level) const {
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t rival = 0; rival < samples_.size(); ++rival) {
      if (rival != level) {
        most = std::max(most, (means_[rival] - means_[level]) / error_of(level, rival));
      }
    }
    return most;
  }

  void set_p(std::vector<ComparedLevel>& levels) const {
    std::size_t best = 0;
    double largest_other = 0;
    for (std::size_t level = 0; level < levels.size(); ++level) {
      best = means_[level] > means_[best] ? level : best;
    }
    for (std::size_t level = 0; level < levels.size(); ++level) {
      if (level != best) {
        const double p = 1 - dunnett_below(statistic_of(level), design_of(samples_[level]));
        levels[level].p = p;
        largest_other = std::max(largest_other, p);
      }
    }
    levels[best].p = largest_other;
  }

  const std::vector<LevelSample>& samples_;
  PooledSpread spread_;
  double tail_;
  std::vector<double> means_;
  std::map<std::int64_t, double> quantile_;  // by the control's number of runs
};

PooledSpread within_levels(const std::vector<LevelSample>& samples) {
  double squares = 0;
  double df = 0;
  for (const LevelSample& sample : samples) {
    const double own = static_cast<double>(sample.values.size()) - 1;
    squares += variance_of(sample) * own;
    df += own;
  }
  return {squares / df, df};
}

/// The residual mean square of levels and seeds.
PooledSpread beside_seeds(const std::vector<LevelSample>& samples) {
  const std::size_t seeds = samples.front().values.size();
  const auto levels = static_cast<double>(samples.size());
  std::vector<double> of_seed(seeds, 0);
  double squares = 0;
  for (const LevelSample& sample : samples) {
    const double mean = mean_of(sample);
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      const double deviation = sample.values[seed].value - mean;
      of_seed[seed] += deviation / levels;
      squares += deviation * deviation;
    }
  }
  for (const double effect : of_seed) {
    squares -= levels * effect * effect;
  }
  const double df = (levels - 1) * (static_cast<double>(seeds) - 1);
  return {std::max(0.0, squares) / df, df};
}

}  // namespace

std::vector<ComparedLevel> one_way_mcb(const std::vector<LevelSample>& samples,
                                       const ComparisonRules& rules) {
  return PooledComparison(samples, within_levels(samples), rules).compare();
}

std::vector<ComparedLevel> blocked_mcb(const std::vector<LevelSample>& samples,
                                       const ComparisonRules& rules) {
  return PooledComparison(samples, beside_seeds(samples), rules).compare();
}

}  // namespace tarama::statistics
