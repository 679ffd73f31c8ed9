// See run_rank.hpp.
#include "core/search/run_rank.hpp"

#include "core/training/philox.hpp"
#include "core/training/training_cost.hpp"

namespace tarama {

namespace {

double drawn_rank(std::int64_t sweep_seed, const RunPlan& run) {
  constexpr std::int64_t per_coordinate = 1 << 16;  // philox.hpp
  PhiloxStream stream({.seed = sweep_seed,
                       .place = Place::handout_order,
                       .step = run.level.value,
                       .example = run.replicate / per_coordinate,
                       .index = run.replicate % per_coordinate});
  return stream.uniform();
}

}  // namespace

double cost_of(const LevelRecord& level, const RunPlan& run) {
  const LevelInputs& inputs = level.inputs;
  const double tokens =
      static_cast<double>(inputs.train_tokens) * static_cast<double>(level.training.epochs);
  const double operations = training_flops_per_token(inputs.layers, inputs.hidden) * tokens;
  return operations > 0 ? operations : static_cast<double>(run.planned_steps);
}

double rank_of(OrderBy order,
               std::int64_t sweep_seed,
               const LevelRecord& level,
               const RunPlan& run) {
  switch (order) {
    case OrderBy::longest_first:
      return 0;
    case OrderBy::as_listed:
      return static_cast<double>(run.level.value);
    case OrderBy::cheapest_first:
      return cost_of(level, run);
    case OrderBy::random:
      return drawn_rank(sweep_seed, run);
  }
  return 0;
}

}  // namespace tarama
