// See level_evidence.hpp.
#include "db/sqlite/level_evidence.hpp"

#include "core/statistics/metric_scale.hpp"
#include "core/training/training_cost.hpp"

namespace tarama::db {

std::optional<double> flops_per_run(const LevelInfo& level) {
  if (level.inputs.layers < 1 || level.inputs.train_tokens < 1 || !level.epochs) {
    return std::nullopt;
  }
  return training_flops_per_token(level.inputs.layers, level.inputs.hidden) *
         static_cast<double>(level.inputs.train_tokens) * static_cast<double>(*level.epochs);
}

std::vector<statistics::LevelEvidence> evidence_of(const std::vector<LevelInfo>& levels) {
  std::vector<statistics::LevelEvidence> evidence;
  for (const LevelInfo& level : levels) {
    evidence.push_back({.outcome = {.level = level.level,
                                    .values = level.values,
                                    .planned = static_cast<std::int64_t>(level.runs.size()),
                                    .failed = level.failed,
                                    .diverged = level.diverged,
                                    .steps_per_run = level.steps_per_run,
                                    .seeds = level.seeds,
                                    .diverged_seeds = level.diverged_seeds,
                                    .stopped = level.stopped},
                        .flops_per_run = flops_per_run(level),
                        .seconds_per_run = level.seconds_per_run});
  }
  return evidence;
}

statistics::AnswerRules rules_for(const Metric& metric,
                                  const std::vector<LevelInfo>& levels,
                                  std::optional<double> majority) {
  const LevelInputs inputs = levels.empty() ? LevelInputs{} : levels.front().inputs;
  return {.comparison = {.goal = metric.goal,
                         .resolution =
                             statistics::metric_resolution(metric.name, inputs.eval_examples)},
          .constant_guess = statistics::constant_guess(metric.name, majority, inputs.classes)};
}

}  // namespace tarama::db
