// Pairs of levels by Student's t, or Hsu's MCB; the smaller values are turned round where less is
// better.
#include "core/statistics/comparison.hpp"

#include "core/statistics/difference_bounds.hpp"
#include "core/statistics/distributions.hpp"
#include "core/statistics/hsu_mcb.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace tarama::statistics {
namespace {

constexpr std::array method_names = {
    std::pair{ComparisonMethod::paired, std::string_view("paired")},
    std::pair{ComparisonMethod::separate, std::string_view("separate")},
    std::pair{ComparisonMethod::mcb, std::string_view("mcb")},
    std::pair{ComparisonMethod::blocked_mcb, std::string_view("blocked_mcb")}};

void turn_round(std::vector<LevelSample>& samples) {
  for (LevelSample& sample : samples) {
    for (SeedValue& each : sample.values) {
      each.value = -each.value;
    }
  }
}

void turn_round(std::vector<ComparedLevel>& levels) {
  for (ComparedLevel& level : levels) {
    if (level.difference) {
      level.difference = {-level.difference->mean, -level.difference->high, -level.difference->low};
    }
  }
}

/// Differences of pairs by Student's t, each rival with an equal share of the error.
class PairsByStudent {
 public:
  PairsByStudent(const std::vector<LevelSample>& samples, const ComparisonRules& rules)
      : samples_(samples),
        rules_(rules),
        is_crossed_(statistics::is_crossed(samples)),
        tail_((1 - rules.confidence) /
              static_cast<double>(std::max<std::size_t>(samples.size() - 1, 1))) {
    for (const LevelSample& sample : samples) {
      means_.push_back(mean_of(sample));
      variances_.push_back(variance_of(sample));
    }
  }

  [[nodiscard]] Comparison compare() {
    Comparison comparison;
    comparison.levels = bounds_from_pairs(
        means_,
        [this](std::size_t left, std::size_t right, std::size_t) { return bound_of(left, right); });
    comparison.uses_pairs = uses_pairs_;
    return comparison;
  }

 private:
  [[nodiscard]] PairBound bound_of(std::size_t left, std::size_t right) {
    if (rules_.method == ComparisonMethod::separate) {
      return separate_bound(left, right);
    }
    if (is_crossed_) {
      return crossed_bound(left, right);
    }
    const SeedPairs pairs = paired_by_seed(samples_[left], samples_[right]);
    // With fewer pairs, what the other runs say about the means is worth more than what the seeds
    // have in common. Which way is taken depends on the numbers of runs alone, never on values.
    const std::size_t most = std::max(samples_[left].values.size(), samples_[right].values.size());
    if (pairs.left.size() < 2 || 2 * pairs.left.size() < most) {
      return separate_bound(left, right);
    }
    uses_pairs_ = true;
    double sum = 0;
    for (std::size_t i = 0; i < pairs.left.size(); ++i) {
      sum += pairs.left[i] - pairs.right[i];
    }
    const double mean = sum / static_cast<double>(pairs.left.size());
    double squares = 0;
    for (std::size_t i = 0; i < pairs.left.size(); ++i) {
      const double deviation = pairs.left[i] - pairs.right[i] - mean;
      squares += deviation * deviation;
    }
    return paired_bound(mean, squares, pairs.left.size());
  }

  /// Every level has the same seeds: no pairs are to be looked for.
  [[nodiscard]] PairBound crossed_bound(std::size_t left, std::size_t right) {
    uses_pairs_ = true;
    const std::vector<SeedValue>& l = samples_[left].values;
    const std::vector<SeedValue>& r = samples_[right].values;
    const double mean = means_[left] - means_[right];
    double squares = 0;
    for (std::size_t i = 0; i < l.size(); ++i) {
      const double deviation = l[i].value - r[i].value - mean;
      squares += deviation * deviation;
    }
    return paired_bound(mean, squares, l.size());
  }

  [[nodiscard]] PairBound paired_bound(double mean, double squares, std::size_t pairs) {
    const double least = 2 * rules_.resolution * rules_.resolution;
    const double variance = std::max(squares / static_cast<double>(pairs - 1), least);
    return {mean, quantile(pairs - 1) * std::sqrt(variance / static_cast<double>(pairs))};
  }

  [[nodiscard]] PairBound separate_bound(std::size_t left, std::size_t right) {
    const std::size_t fewest =
        std::min(samples_[left].values.size(), samples_[right].values.size());
    const double difference = means_[left] - means_[right];
    if (fewest < 2) {
      return {difference, std::numeric_limits<double>::infinity()};
    }
    return {difference,
            quantile(fewest - 1) * std::sqrt(squared_error_of(left) + squared_error_of(right))};
  }

  [[nodiscard]] double squared_error_of(std::size_t level) const {
    return std::max(variances_[level], rules_.resolution * rules_.resolution) /
           static_cast<double>(samples_[level].values.size());
  }

  [[nodiscard]] double quantile(std::size_t df) {
    const auto [found, is_new] = quantiles_.try_emplace(df, 0.0);
    if (is_new) {
      found->second = t_exceeded_with(tail_, static_cast<double>(df));
    }
    return found->second;
  }

  const std::vector<LevelSample>& samples_;
  const ComparisonRules& rules_;
  bool is_crossed_;
  double tail_;
  bool uses_pairs_ = false;
  std::vector<double> means_;
  std::vector<double> variances_;
  std::map<std::size_t, double> quantiles_;  // by degrees of freedom
};

Comparison compared(const std::vector<LevelSample>& samples, const ComparisonRules& rules) {
  switch (rules.method) {
    case ComparisonMethod::blocked_mcb:
      if (samples.size() > 1 && is_crossed(samples)) {
        return {.levels = blocked_mcb(samples, rules), .uses_pairs = true};
      }
      [[fallthrough]];
    case ComparisonMethod::mcb:
      return {.levels = one_way_mcb(samples, rules), .uses_pairs = false};
    case ComparisonMethod::paired:
    case ComparisonMethod::separate:
      break;
  }
  return PairsByStudent(samples, rules).compare();
}

/// Which samples have two values or more.
std::vector<std::size_t> with_spread(const std::vector<LevelSample>& samples) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].values.size() >= 2) {
      chosen.push_back(i);
    }
  }
  return chosen;
}

Comparison nothing_told_apart(std::size_t levels) {
  return {.levels = std::vector<ComparedLevel>(levels, {.difference = {}, .is_tied = true}),
          .uses_pairs = false};
}

}  // namespace

Comparison compare_with_best(const std::vector<LevelSample>& samples,
                             const ComparisonRules& rules) {
  const std::vector<std::size_t> chosen = with_spread(samples);
  if (chosen.empty()) {
    return nothing_told_apart(samples.size());
  }
  std::vector<LevelSample> comparable;
  for (const std::size_t i : chosen) {
    comparable.push_back(samples[i]);
  }
  if (rules.goal == Goal::minimize) {
    turn_round(comparable);
  }
  Comparison among = compared(comparable, rules);
  if (rules.goal == Goal::minimize) {
    turn_round(among.levels);
  }
  Comparison comparison{.levels = std::vector<ComparedLevel>(samples.size()),
                        .uses_pairs = among.uses_pairs};
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    comparison.levels[chosen[i]] = among.levels[i];
  }
  return comparison;
}

std::string_view name_of(ComparisonMethod method) {
  for (const auto& [value, name] : method_names) {
    if (value == method) {
      return name;
    }
  }
  return "";
}

std::optional<ComparisonMethod> comparison_method_named(std::string_view name) {
  for (const auto& [value, known] : method_names) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace tarama::statistics
