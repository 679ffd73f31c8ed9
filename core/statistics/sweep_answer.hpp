// The answer of a sweep, as values: which level is best, which are tied with it, which of these is
// the cheapest, and how sure that is. Pure; the documents and texts say what is here.
#pragma once

#include "core/statistics/comparison.hpp"
#include "core/statistics/level_model.hpp"
#include "core/statistics/level_summary.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::statistics {

/// `means`: scores, their squared errors and the ranking alone, for questions that compare nothing:
/// of a thousand levels the comparison and p(best) take half a second.
enum class AnswerDepth { whole, means };

struct AnswerRules {
  ComparisonRules comparison;
  /// What guessing one class always would score by the sweep's metric: the value of a diverged
  /// replicate. nullopt: not known, and they have none.
  std::optional<double> constant_guess{};
  AnswerDepth depth = AnswerDepth::whole;
};

/// What the store has of a level.
struct LevelEvidence {
  LevelOutcome outcome;
  std::optional<double> flops_per_run{};  // nullopt: steps are what it costs,
  /// or, where they are not planned either (a program's), the time that its runs took.
  std::optional<double> seconds_per_run{};
};

/// How often a level's training diverges.
struct DivergenceRate {
  std::int64_t diverged = 0;
  std::int64_t of = 0;      // replicates that ended by themselves: succeeded or diverged
  double rate_at_most = 1;  // with 95 %, by Clopper and Pearson

  friend bool operator==(const DivergenceRate&, const DivergenceRate&) = default;
};

struct LevelAnswer {
  LevelSummary summary;
  /// The mean that ranks: over the values, diverged replicates as the constant guess.
  std::optional<double> score;
  std::int64_t compared_values = 0;  // that the score is of
  /// Fewer than half of the planned replicates have a value: ranked behind the others.
  bool is_thin = false;
  /// It has one value, and another level has more: it cannot be compared, and is ranked behind
  /// those that can. Of many single values the best is the luckiest.
  bool is_single = false;
  ComparedLevel compared;
  // By the model of moderated spreads (level_model.hpp):
  std::optional<std::pair<double, double>> interval{};  // of the mean
  std::optional<double> p_best{};                       // from 3 values a level on
  /// Of the score, without what the seeds have in common where all levels have the same; from two
  /// values on.
  std::optional<double> squared_error{};
  std::optional<DivergenceRate> divergence;  // where a replicate diverged
};

/// A level with fewer runs can hardly be told apart from the best: of two, the spread itself is
/// next to unknown.
inline constexpr std::int64_t fewest_to_tell_apart = 3;

/// How much the runs can say at all.
enum class Certainty {
  nothing,         // no level has a value
  one_level,       // there is nothing to compare
  one_replicate,   // the noise is not known
  two_replicates,  // hardly anything can be told apart
  compared,
};

struct SweepAnswer {
  std::vector<std::size_t> ranking;  // the levels' places in what was given, best first
  std::vector<LevelAnswer> levels;   // as given
  std::optional<std::size_t> best;
  std::vector<std::size_t> tied;  // best first
  /// Of the tied levels with fewest_to_tell_apart values, and the best itself, the one that costs
  /// least, of equals the better. The best where nothing can be told apart: there the cheapest of
  /// all would be no advice.
  std::optional<std::size_t> cheapest_tied;
  /// The mean, over seeds, of the seed's value at the level that the other seeds choose: what the
  /// choice is worth on a new seed. The best level's own mean is a maximum of noise. nullopt: there
  /// are no two seeds that all levels have.
  std::optional<double> winner_honest;
  Certainty certainty = Certainty::nothing;
  bool uses_pairs = false;
};

/// The values that a level is compared by: diverged replicates as the constant guess.
[[nodiscard]] LevelSample sample_of(const LevelOutcome& outcome, const AnswerRules& rules);

[[nodiscard]] SweepAnswer answer_of(const std::vector<LevelEvidence>& levels,
                                    const AnswerRules& rules);

/// The levels that are told apart from the best, so that nobody needs their models any more.
[[nodiscard]] std::vector<LevelId> levels_behind(const SweepAnswer& answer);

}  // namespace tarama::statistics
