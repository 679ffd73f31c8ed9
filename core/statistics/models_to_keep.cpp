// The sweep's answer, over the levels that can be compared.
#include "core/statistics/models_to_keep.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace tarama::statistics {

namespace {

// Comparing takes the square of their number. Beyond it a level is behind by its mean: nobody keeps
// a thousand models to choose from.
constexpr std::size_t most_compared = 1000;

/// The best ones by their means, as many as are compared.
std::vector<LevelEvidence> candidates_of(const std::vector<LevelEvidence>& levels, Goal goal) {
  std::vector<std::pair<double, const LevelEvidence*>> valued;
  for (const LevelEvidence& level : levels) {
    if (const auto mean = summarize(level.outcome).mean) {
      valued.emplace_back(goal == Goal::maximize ? -*mean : *mean, &level);
    }
  }
  if (valued.size() > most_compared) {
    std::ranges::stable_sort(valued, {}, &std::pair<double, const LevelEvidence*>::first);
    valued.resize(most_compared);
  }
  std::vector<LevelEvidence> candidates;
  for (const auto& [mean, level] : valued) {
    candidates.push_back(*level);
  }
  return candidates;
}

/// With one value each nobody knows the noise: the best by its value, and what is exactly as good.
std::set<LevelId> best_by_value(const SweepAnswer& answer) {
  std::set<LevelId> best;
  for (const LevelAnswer& level : answer.levels) {
    if (level.score == answer.levels[*answer.best].score) {
      best.insert(level.summary.level);
    }
  }
  return best;
}

/// Of the levels with a value: those that are not told apart from the best. `planned`: how many
/// levels there will be, over whom the error is shared.
std::set<LevelId> not_behind(const std::vector<LevelEvidence>& levels,
                             std::size_t planned,
                             AnswerRules rules) {
  const std::vector<LevelEvidence> candidates = candidates_of(levels, rules.comparison.goal);
  if (planned > levels.size() && candidates.size() > 1) {
    const double share =
        static_cast<double>(candidates.size() - 1) / static_cast<double>(planned - 1);
    rules.comparison.confidence = 1 - (1 - rules.comparison.confidence) * share;
  }
  const SweepAnswer answer = answer_of(candidates, rules);
  if (!answer.best) {
    return {};
  }
  if (answer.certainty == Certainty::one_level || answer.certainty == Certainty::one_replicate) {
    return best_by_value(answer);
  }
  std::set<LevelId> kept;
  for (const LevelAnswer& level : answer.levels) {
    kept.insert(level.summary.level);
  }
  for (const LevelId behind : levels_behind(answer)) {
    kept.erase(behind);
  }
  return kept;
}

}  // namespace

std::set<LevelId> clearly_behind(const std::vector<LevelEvidence>& levels,
                                 const AnswerRules& rules) {
  std::vector<LevelEvidence> complete;
  std::ranges::copy_if(levels, std::back_inserter(complete), [](const LevelEvidence& level) {
    return summarize(level.outcome).is_complete();
  });
  std::set<LevelId> behind;
  if (complete.size() < 2) {
    return behind;
  }
  const std::set<LevelId> kept = not_behind(complete, levels.size(), rules);
  for (const LevelEvidence& level : complete) {
    if (!kept.contains(level.outcome.level)) {
      behind.insert(level.outcome.level);
    }
  }
  return behind;
}

std::set<LevelId> kept_at_the_end(const std::vector<LevelEvidence>& levels,
                                  const AnswerRules& rules) {
  std::set<LevelId> kept = not_behind(levels, levels.size(), rules);
  for (const LevelEvidence& level : levels) {
    if (level.outcome.failed > level.outcome.diverged) {
      kept.insert(level.outcome.level);
    }
  }
  return kept;
}

}  // namespace tarama::statistics
