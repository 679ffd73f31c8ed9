// See plan_estimate.hpp. The rough figures are for orders of magnitude: once a store has run one
// sweep, its own measured steps take their place.
#include "cli/plan_estimate.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/numerics_version.hpp"
#include "core/training/run_length.hpp"
#include "core/training/training_cost.hpp"
#include "core/training/trajectory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace tarama::cli {
namespace {

/// What a step costs: its operations as of a padded batch without tricks, and beside them.
struct RoughSpeed {
  double flops_per_second = 0;
  double seconds_per_step = 0;       // whatever its size
  double seconds_per_parameter = 0;  // of the optimizer
};

// Until the store has better: docs/PERFORMANCE.md measures such steps on a core (`packed/…`,
// `step/…`). One core of a server processor reaches about 30 GFLOP/s by LibTorch; by the packed
// learner 60 to 120, since it leaves out what needs no computing. A data-centre GPU reaches some 3
// TFLOP/s with texts as short as these.
constexpr RoughSpeed torch_on_cpu{30e9, 0.005, 4e-9};
constexpr RoughSpeed packed_on_cpu{80e9, 0.0005, 4e-10};
// The packed learner has not been measured there; it does no more work than LibTorch.
constexpr RoughSpeed any_on_cuda{3e12, 0.005, 1e-10};

RoughSpeed speed_of(LearnerName learner, DeviceKind kind) {
  if (kind == DeviceKind::cuda) {
    return any_on_cuda;
  }
  return learner == LearnerName::packed ? packed_on_cpu : torch_on_cpu;
}

constexpr double bytes_per_parameter = 4;
constexpr double checkpoint_copies = 3;  // weights and BertAdam's two moments
constexpr double checkpoints_kept = 2;   // per run that is not over

const LevelInputs& inputs_of(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  const auto& prepared = sweep.submission.prepared;
  const auto variant = prepared.variant_of_level.at(static_cast<std::size_t>(level.id.value - 1));
  return prepared.variants.at(static_cast<std::size_t>(variant));
}

const ModelConfig& config_of(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  const auto& prepared = sweep.submission.prepared;
  const auto variant = prepared.variant_of_level.at(static_cast<std::size_t>(level.id.value - 1));
  return sweep.configs.at(static_cast<std::size_t>(variant));
}

/// Training and evaluation of one run, by arithmetic.
double rough_seconds(const orchestrator::CheckedSubmission& sweep,
                     const Level& level,
                     DeviceKind kind) {
  const auto& inputs = inputs_of(sweep, level);
  const ModelConfig& config = config_of(sweep, level);
  const RoughSpeed speed = speed_of(learner_of(sweep, level), kind);
  const auto tokens = static_cast<double>(inputs.train_tokens * level.training.epochs);
  const double eval_share = static_cast<double>(inputs.eval_examples) /
                            static_cast<double>(std::max<std::int64_t>(1, inputs.train_examples));
  // Evaluating is the forward pass alone: a third of the work.
  const double flops = tokens * training_flops_per_token(config) * (1 + eval_share / 3);
  const double per_step =
      speed.seconds_per_step + static_cast<double>(inputs.parameters) * speed.seconds_per_parameter;
  return flops / speed.flops_per_second +
         static_cast<double>(steps_of_level(sweep, level)) * per_step;
}

void add_disk(PlanEstimate& estimate,
              const orchestrator::CheckedSubmission& sweep,
              std::int64_t workers) {
  const SweepSpec& spec = sweep.submission.spec;
  const auto replicates = static_cast<double>(spec.replicates);
  double largest = 0;
  double all = 0;
  for (const Level& level : sweep.levels) {
    const double model =
        bytes_per_parameter * static_cast<double>(inputs_of(sweep, level).parameters);
    largest = std::max(largest, model);
    all += replicates * model;
  }
  const bool keeps_any = spec.keep.models != KeepModels::none;
  estimate.model_bytes = !keeps_any                            ? 0
                         : spec.keep.models == KeepModels::all ? all
                                                               : replicates * largest;
  const bool keeps_checkpoints = spec.keep.checkpoints != KeepCheckpoints::none;
  const double checkpoints = keeps_checkpoints ? checkpoints_kept * checkpoint_copies * largest *
                                                     static_cast<double>(workers)
                                               : 0;
  estimate.peak_bytes = (keeps_any ? all : 0) + checkpoints;
}

/// How many of each level's steps are those of another one, which trains them for both.
std::map<LevelId, std::int64_t> shared_steps(const orchestrator::CheckedSubmission& sweep) {
  std::map<LevelId, std::int64_t> shared;
  if (sweep.submission.spec.share == Share::none) {
    return shared;
  }
  std::vector<LevelRecord> levels;
  for (const Level& level : sweep.levels) {
    const std::string learner(name_of(learner_of(sweep, level)));
    LevelRecord& record = levels.emplace_back();
    record.level = level.id;
    record.training = level.training;
    record.training.learner.reset();
    record.model = level.model;
    record.learner = learner;
    record.numerics = numerics_version_of(learner);
    record.inputs = inputs_of(sweep, level);
  }
  for (const auto& [level, beginning] : beginnings_of(levels)) {
    shared[level] =
        steps_of_level(sweep, sweep.levels.at(static_cast<std::size_t>(beginning.value - 1)));
  }
  return shared;
}

std::string basis_of(std::int64_t measured_levels,
                     std::int64_t levels,
                     const PlanMachine& machine) {
  const std::string where =
      counted(machine.workers, machine.kind == DeviceKind::cuda ? "GPU worker" : "CPU worker");
  if (measured_levels == levels) {
    return fmt::format("steps measured in this store, on {}", where);
  }
  if (measured_levels > 0) {
    return fmt::format(
        "steps measured in this store for {} of {} levels, a rough figure for the rest, on {}",
        measured_levels,
        levels,
        where);
  }
  return fmt::format("a rough figure, nothing measured in this store yet, on {}", where);
}

}  // namespace

std::int64_t steps_of_level(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  return steps_of_run(
      inputs_of(sweep, level).train_examples, level.training.batch_size, level.training.epochs);
}

LearnerName learner_of(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  return sweep.learners.at(static_cast<std::size_t>(level.id.value - 1));
}

PlanEstimate estimate_plan(const orchestrator::CheckedSubmission& sweep,
                           const PlanMachine& machine,
                           const MeasuredSteps& measured) {
  PlanEstimate estimate;
  const std::int64_t replicates = sweep.submission.spec.replicates;
  double total = 0;
  double longest = 0;
  std::int64_t measured_levels = 0;
  const std::map<LevelId, std::int64_t> shared = shared_steps(sweep);
  for (const Level& level : sweep.levels) {
    const std::int64_t steps = steps_of_level(sweep, level);
    const auto per_step = measured(
        learner_of(sweep, level), inputs_of(sweep, level).layers, inputs_of(sweep, level).hidden);
    measured_levels += per_step ? 1 : 0;
    const double seconds = per_step ? *per_step * static_cast<double>(steps)
                                    : rough_seconds(sweep, level, machine.kind);
    const auto found = shared.find(level.id);
    const std::int64_t saved = found == shared.end() ? 0 : found->second;
    total += seconds * static_cast<double>(replicates * (steps - saved)) /
             static_cast<double>(std::max<std::int64_t>(1, steps));
    estimate.shared_steps += replicates * saved;
    longest = std::max(longest, seconds);
    estimate.runs += replicates;
    estimate.steps += replicates * steps;
  }
  estimate.memory_bytes = orchestrator::worker_memory_of(sweep);
  const std::int64_t workers =
      std::clamp<std::int64_t>(machine.workers, 1, std::max<std::int64_t>(1, estimate.runs));
  estimate.seconds = std::max(longest, total / static_cast<double>(workers));
  estimate.basis = basis_of(
      measured_levels, static_cast<std::int64_t>(sweep.levels.size()), {workers, machine.kind});
  add_disk(estimate, sweep, workers);
  return estimate;
}

}  // namespace tarama::cli
