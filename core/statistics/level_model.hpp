// What each level's runs say about its mean when the other levels lend strength: the model of
// moderated spreads. Few runs know their own spread badly; the spreads of all levels together say
// what spreads are like here, and each level's own is drawn towards that, the more the fewer its
// runs. Pure.
//
// Source: Smyth, Linear models and empirical Bayes methods, Statistical Applications in Genetics
// and Molecular Biology 3 (2004), sections 3 and 6 (the `limma` package's fitFDist). Its intervals
// hold on the average over a sweep's levels, not for a level that is unlike the others, so the tied
// set does not rest on them.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace tarama::statistics {

/// What spreads are like: a level's variance is scaled inverse chi-squared about `variance`.
struct SpreadPrior {
  double variance = 0;
  double df = 0;  // how many runs' worth it counts for; infinite: all spreads are one

  friend bool operator==(const SpreadPrior&, const SpreadPrior&) = default;
};

/// A level's own variance and its degrees of freedom.
struct OwnSpread {
  double variance = 0;
  double df = 0;
};

/// From two spreads with a degree of freedom on; else nullopt. A variance of 0 counts as `least`.
[[nodiscard]] std::optional<SpreadPrior> fit_spread_prior(const std::vector<OwnSpread>& spreads,
                                                          double least);

struct ModelRules {
  Goal goal = Goal::maximize;
  double confidence = 0.95;
  double resolution = 0;  // as in ComparisonRules
};

/// Of each sample's mean; nullopt where no two levels have two values.
[[nodiscard]] std::vector<std::optional<std::pair<double, double>>> mean_intervals(
    const std::vector<LevelSample>& samples, const ModelRules& rules);

/// The probability that each level has the best mean, all means being equally likely beforehand;
/// they add up to 1. nullopt for all where some level has fewer than 3 values.
[[nodiscard]] std::vector<std::optional<double>> probabilities_of_best(
    const std::vector<LevelSample>& samples, const ModelRules& rules);

}  // namespace tarama::statistics
