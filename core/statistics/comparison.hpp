// Comparison with the best: which levels the runs at hand tell apart from the best one, and by how
// much each differs from the best other one. Pure.
//
// Every method gives simultaneous confidence bounds after Hsu (Annals of Statistics 9, 1981;
// Multiple Comparisons, 1996, chapter 4): with the stated confidence the truly best level is among
// the tied ones, and the true differences all lie within their bounds. Methods differ in how surely
// two levels' difference is known; docs/STATISTICS.md holds them against each other by simulation.
#pragma once

#include "core/statistics/level_sample.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tarama::statistics {

enum class ComparisonMethod {
  /// Seed by seed: Student's t of the differences at the same seeds, one-sided, with Bonferroni's
  /// share of the error for each rival. Holds for normal noise of any spreads and any correlation
  /// through the seeds. Levels that share too few seeds are compared as by `separate`.
  paired,
  /// Each level with its own spread, seeds ignored; the lower number of degrees of freedom (Mickey
  /// and Brown, Annals of Mathematical Statistics 37, 1966). Holds for any spreads.
  separate,
  /// Hsu's MCB: one spread for all levels, Dunnett's quantiles, his rule for unequal numbers of
  /// runs. Holds where the spreads are equal, and misses the best level where its own is larger.
  mcb,
  /// MCB with the seeds as blocks; as `mcb` where not every level has every seed.
  blocked_mcb,
};

struct ComparisonRules {
  Goal goal = Goal::maximize;
  ComparisonMethod method = ComparisonMethod::paired;
  double confidence = 0.95;  // in (0.5, 1)
  /// The smallest step of the metric: no level's spread counts as less, since runs that agree to
  /// the last example say no more than that.
  double resolution = 0;
};

/// This level minus the best other one.
struct Difference {
  double mean = 0;
  double low = 0;
  double high = 0;

  friend bool operator==(const Difference&, const Difference&) = default;
};

struct ComparedLevel {
  /// nullopt: there is no other level, or too few values to say anything.
  std::optional<Difference> difference;
  /// Not told apart from the best.
  bool is_tied = false;
  /// The smallest error at which it would be told apart from the best; of the best level, at which
  /// it alone would be left. Of the MCB methods, for up to 200 levels.
  std::optional<double> p{};
};

struct Comparison {
  std::vector<ComparedLevel> levels;  // in the order of the samples
  bool uses_pairs = false;            // at least one pair of levels was compared seed by seed
};

/// Every sample has a value. A level with one value is compared with none where another has more;
/// where all have one, all are tied.
[[nodiscard]] Comparison compare_with_best(const std::vector<LevelSample>& samples,
                                           const ComparisonRules& rules);

[[nodiscard]] std::string_view name_of(ComparisonMethod method);
[[nodiscard]] std::optional<ComparisonMethod> comparison_method_named(std::string_view name);

}  // namespace tarama::statistics
