// See run_plan.hpp.
#include "orchestrator/sweeps/run_plan.hpp"

#include "core/sweep/argument_template.hpp"
#include "core/sweep/run_key.hpp"
#include "core/training/run_length.hpp"

#include <utility>

namespace tarama::orchestrator {

std::string run_key_by(const std::string& learner, const LevelRecord& level, std::int64_t seed) {
  return run_key(
      {.training = level.training,
       .model = level.model,
       .seed = seed,
       .data_fingerprint = level.inputs.data_fingerprint,
       .model_fingerprint = level.inputs.model_fingerprint,
       .learner = learner,
       .params = learner == program_learner ? canonical_params(level.params) : std::string()});
}

RunPlan run_plan_of(const LevelRecord& level, std::int64_t replicate, std::int64_t seed) {
  RunPlan plan{.level = level.level,
               .replicate = replicate,
               .seed = seed,
               .run_key = run_key_by(level.learner, level, seed)};
  if (level.learner == program_learner) {
    plan.planned_evals = 1;  // its metric; how many steps it takes is its own affair
    return plan;
  }
  const LevelInputs& inputs = level.inputs;
  const TrainingSettings& training = level.training;
  plan.planned_steps = steps_of_run(inputs.train_examples, training.batch_size, training.epochs);
  plan.planned_evals = evals_of_run(
      training.epochs, inputs.test_examples > 0 ? TestSplit::present : TestSplit::absent);
  return plan;
}

db::NewSweep growth_of(std::string name, TimePoint now) {
  return {.name = std::move(name),
          .yaml = {},
          .spec = {},
          .identity = {},
          .metric = {},
          .host = {},
          .driver = {},
          .version = TARAMA_VERSION,
          .trainer = {},
          .rules = {},
          .at = now,
          .levels = {},
          .runs = {}};
}

}  // namespace tarama::orchestrator
