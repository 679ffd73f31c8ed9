// Samples from outcomes, compared and modelled; then the choice.
#include "core/statistics/sweep_answer.hpp"

#include "core/statistics/distributions.hpp"
#include "core/statistics/seeds_left_out.hpp"
#include "core/statistics/winner_honest.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace tarama::statistics {

LevelSample sample_of(const LevelOutcome& outcome, const AnswerRules& rules) {
  LevelSample sample{.level = outcome.level, .values = {}};
  for (std::size_t i = 0; i < outcome.values.size() && i < outcome.seeds.size(); ++i) {
    if (std::isfinite(outcome.values[i])) {
      sample.values.push_back({outcome.seeds[i], outcome.values[i]});
    }
  }
  if (rules.constant_guess) {
    for (const std::int64_t seed : outcome.diverged_seeds) {
      sample.values.push_back({seed, *rules.constant_guess});
    }
  }
  std::stable_sort(sample.values.begin(),
                   sample.values.end(),
                   [](const SeedValue& l, const SeedValue& r) { return l.seed < r.seed; });
  const auto repeated = std::unique(sample.values.begin(),
                                    sample.values.end(),
                                    [](const auto& l, const auto& r) { return l.seed == r.seed; });
  sample.values.erase(repeated, sample.values.end());
  return sample;
}

namespace {

/// Of each sample's mean against the others'.
std::vector<std::optional<double>> squared_errors(const std::vector<LevelSample>& samples) {
  const bool can_leave_out = samples.size() >= 3 && is_crossed(samples);
  const std::vector<double> without =
      can_leave_out ? grubbs_variances(samples) : std::vector<double>{};
  std::vector<std::optional<double>> errors(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].values.size() >= 2) {
      errors[i] = (can_leave_out ? without[i] : variance_of(samples[i])) /
                  static_cast<double>(samples[i].values.size());
    }
  }
  return errors;
}

std::optional<DivergenceRate> divergence_of(const LevelSummary& summary) {
  if (summary.diverged == 0) {
    return std::nullopt;
  }
  const std::int64_t of = summary.replicates + summary.diverged;
  return DivergenceRate{summary.diverged, of, rate_at_most(summary.diverged, of, 0.95)};
}

bool is_cost_measured(const LevelEvidence& level) {
  return !level.flops_per_run && level.outcome.steps_per_run == 0;
}

double cost_of(const LevelEvidence& level) {
  return is_cost_measured(level)
             ? level.seconds_per_run.value_or(0)
             : level.flops_per_run.value_or(static_cast<double>(level.outcome.steps_per_run));
}

/// A time that was measured is no exact cost: the machine's other work, and which device it was,
/// are in it; of runs that take milliseconds, starting their process is most of it. Only what takes
/// notably less is cheaper: by a tenth, and by a second, which is what nobody waits for.
bool is_cheaper(const LevelEvidence& level, const LevelEvidence& than) {
  constexpr double notably = 0.9;
  constexpr double least_saved = 1;  // seconds
  const double saved = cost_of(than) - cost_of(level);
  return is_cost_measured(level) ? cost_of(level) > 0 && saved >= least_saved &&
                                       cost_of(level) < notably * cost_of(than)
                                 : saved > 0;
}

std::vector<std::size_t> ranked(const std::vector<LevelAnswer>& levels, Goal goal) {
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t place) {
    const LevelAnswer& level = levels[place];
    const double score = level.score.value_or(0);
    return std::tuple(!level.score.has_value(),
                      level.is_thin,
                      level.is_single,
                      goal == Goal::maximize ? -score : score,
                      level.summary.steps_per_run,
                      level.summary.level);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return key(left) < key(right);
  });
  return order;
}

Certainty certainty_of(const std::vector<LevelSample>& samples) {
  std::size_t most = 0;
  for (const LevelSample& sample : samples) {
    most = std::max(most, sample.values.size());
  }
  if (samples.empty()) {
    return Certainty::nothing;
  }
  if (samples.size() == 1) {
    return Certainty::one_level;
  }
  return most == 1   ? Certainty::one_replicate
         : most == 2 ? Certainty::two_replicates
                     : Certainty::compared;
}

LevelAnswer without_comparison(const LevelEvidence& level, const LevelSample& sample) {
  LevelAnswer answer;
  answer.summary = summarize(level.outcome);
  answer.compared_values = static_cast<std::int64_t>(sample.values.size());
  answer.is_thin = 2 * answer.compared_values < level.outcome.planned;
  answer.divergence = divergence_of(answer.summary);
  if (!sample.values.empty()) {
    answer.score = mean_of(sample);
  }
  return answer;
}

/// Of the tied levels the cheapest, of equal costs the better ranked one. One of fewer runs than
/// can be told apart is tied whatever it is worth: that is no reason to train with it.
std::optional<std::size_t> cheapest_of(const SweepAnswer& answer,
                                       const std::vector<LevelEvidence>& levels) {
  std::optional<std::size_t> cheapest = answer.best;
  if (answer.certainty != Certainty::compared) {
    return cheapest;
  }
  for (const std::size_t place : answer.tied) {
    const bool is_known = answer.levels[place].compared_values >= fewest_to_tell_apart;
    if (is_known && is_cheaper(levels[place], levels[*cheapest])) {
      cheapest = place;
    }
  }
  return cheapest;
}

void choose(SweepAnswer& answer) {
  for (const std::size_t place : answer.ranking) {
    LevelAnswer& level = answer.levels[place];
    if (!answer.best && level.score) {
      // Where levels share few seeds, the best by all of its runs may be behind by those in common:
      // it stays the best, and a tied one.
      answer.best = place;
      level.compared.is_tied = true;
    }
    if (level.compared.is_tied) {
      answer.tied.push_back(place);
    }
  }
}

/// What the samples say of one another. `places`: theirs in the answer.
void compare(SweepAnswer& answer,
             const std::vector<LevelSample>& samples,
             const std::vector<std::size_t>& places,
             const AnswerRules& rules) {
  const Comparison comparison = compare_with_best(samples, rules.comparison);
  const ModelRules model{.goal = rules.comparison.goal,
                         .confidence = rules.comparison.confidence,
                         .resolution = rules.comparison.resolution};
  const auto intervals = mean_intervals(samples, model);
  const auto p_best = probabilities_of_best(samples, model);
  for (std::size_t i = 0; i < places.size(); ++i) {
    answer.levels[places[i]].compared = comparison.levels[i];
    answer.levels[places[i]].interval = intervals[i];
    answer.levels[places[i]].p_best = p_best[i];
  }
  answer.uses_pairs = comparison.uses_pairs;
  answer.winner_honest = winner_on_a_new_seed(samples, rules.comparison.goal);
}

}  // namespace

SweepAnswer answer_of(const std::vector<LevelEvidence>& levels, const AnswerRules& rules) {
  SweepAnswer answer;
  std::vector<LevelSample> samples;  // of the levels that have a value
  std::vector<std::size_t> places;
  for (const LevelEvidence& level : levels) {
    LevelSample sample = sample_of(level.outcome, rules);
    answer.levels.push_back(without_comparison(level, sample));
    if (!sample.values.empty()) {
      places.push_back(answer.levels.size() - 1);
      samples.push_back(std::move(sample));
    }
  }
  const auto errors = squared_errors(samples);
  for (std::size_t i = 0; i < places.size(); ++i) {
    answer.levels[places[i]].squared_error = errors[i];
  }
  answer.certainty = certainty_of(samples);
  if (answer.certainty == Certainty::two_replicates || answer.certainty == Certainty::compared) {
    for (LevelAnswer& level : answer.levels) {
      level.is_single = level.compared_values == 1;
    }
  }
  if (rules.depth == AnswerDepth::whole) {
    compare(answer, samples, places, rules);
  }
  answer.ranking = ranked(answer.levels, rules.comparison.goal);
  choose(answer);
  answer.cheapest_tied = cheapest_of(answer, levels);
  return answer;
}

std::vector<LevelId> levels_behind(const SweepAnswer& answer) {
  std::vector<LevelId> behind;
  for (const LevelAnswer& level : answer.levels) {
    if (!level.compared.is_tied && level.compared.difference) {
      behind.push_back(level.summary.level);
    }
  }
  return behind;
}

}  // namespace tarama::statistics
