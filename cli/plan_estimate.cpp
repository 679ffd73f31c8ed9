// See plan_estimate.hpp. The rough figures are for orders of magnitude: once a store has run one
// sweep, its own measured steps take their place.
#include "cli/plan_estimate.hpp"

#include "cli/text/number_text.hpp"
#include "core/search/points.hpp"
#include "core/search/restarts.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/numerics_version.hpp"
#include "core/training/run_length.hpp"
#include "core/training/training_cost.hpp"
#include "core/training/trajectory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <utility>
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

/// Evaluating is the forward pass alone: a third of the work.
double with_evaluation(const LevelInputs& inputs) {
  const double eval_share = static_cast<double>(inputs.eval_examples) /
                            static_cast<double>(std::max<std::int64_t>(1, inputs.train_examples));
  return 1 + eval_share / 3;
}

/// Of the timed levels the one whose step is by arithmetic nearest to this one's, and by that times
/// as long.
double by_timed(const orchestrator::CheckedSubmission& sweep,
                const Level& level,
                DeviceKind kind,
                const TimedSteps& timed) {
  const double rough = rough_seconds_per_step(sweep, level, kind);
  double nearest = std::numeric_limits<double>::infinity();
  double seconds = 0;
  for (const auto& [id, measured] : timed.seconds_per_step) {
    const Level& other = sweep.levels.at(static_cast<std::size_t>(id.value - 1));
    const double rough_other = rough_seconds_per_step(sweep, other, kind);
    if (const double far = std::abs(std::log(rough / rough_other)); far < nearest) {
      nearest = far;
      seconds = measured * rough / rough_other;
    }
  }
  return seconds;
}

/// From start to end: each run goes to the worker that is free first, replicate by replicate over
/// all levels, within one the longest first, as core/scheduling/run_order.hpp has it.
double wall_seconds(std::vector<double> of_levels, std::int64_t replicates, std::int64_t workers) {
  std::ranges::sort(of_levels, std::greater<>());
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::int64_t i = 0; i < workers; ++i) {
    free_at.push(0);
  }
  double last = 0;
  for (std::int64_t replicate = 0; replicate < replicates; ++replicate) {
    for (const double seconds : of_levels) {
      const double end = free_at.top() + seconds;
      free_at.pop();
      free_at.push(end);
      last = std::max(last, end);
    }
  }
  return last;
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
  if (!sweep.levels.empty()) {
    all *= static_cast<double>(planned_levels(sweep)) / static_cast<double>(sweep.levels.size());
  }
  const bool keeps_any = spec.keep.models != KeepModels::none;
  estimate.model_bytes = !keeps_any                            ? 0
                         : spec.keep.models == KeepModels::all ? all
                                                               : replicates * largest;
  estimate.most_model_bytes = keeps_any ? all : 0;
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

bool restarts(const SweepSpec& spec) {
  return spec.rungs && !spec.rungs->restart.empty();
}

/// How many levels are tried again with how many epochs; of a program, with how much of what grows.
std::vector<std::pair<std::int64_t, std::int64_t>> restarts_of(
    const orchestrator::CheckedSubmission& sweep) {
  return restarts(sweep.submission.spec)
             ? expected_restarts(*sweep.submission.spec.rungs,
                                 static_cast<std::int64_t>(sweep.levels.size()))
             : std::vector<std::pair<std::int64_t, std::int64_t>>{};
}

/// They take as long for an epoch as the first levels do, in turn.
void add_restarts(const orchestrator::CheckedSubmission& sweep,
                  PlanEstimate& estimate,
                  std::vector<double>& of_levels) {
  const std::size_t first = sweep.levels.size();
  std::size_t next = 0;
  for (const auto& [epochs, count] : restarts_of(sweep)) {
    for (std::int64_t i = 0; i < count; ++i, ++next) {
      const Level& level = sweep.levels[next % first];
      const auto times = static_cast<double>(epochs) / static_cast<double>(level.training.epochs);
      of_levels.push_back(of_levels[next % first] * times);
      estimate.steps += std::llround(static_cast<double>(steps_of_level(sweep, level)) * times);
      ++estimate.runs;
    }
  }
}

/// What is chosen by what others have shown is taken to be as long as those, in turn.
void add_later_levels(const orchestrator::CheckedSubmission& sweep,
                      PlanEstimate& estimate,
                      std::vector<double>& of_levels) {
  if (restarts(sweep.submission.spec)) {
    return add_restarts(sweep, estimate, of_levels);
  }
  const std::size_t first = of_levels.size();
  const auto all = static_cast<std::size_t>(planned_levels(sweep));
  if (first == 0 || all == first) {
    return;
  }
  const double times = static_cast<double>(all) / static_cast<double>(first);
  estimate.runs = static_cast<std::int64_t>(all) * sweep.submission.spec.replicates;
  estimate.steps = std::llround(static_cast<double>(estimate.steps) * times);
  for (std::size_t level = first; level < all; ++level) {
    of_levels.push_back(of_levels[level - first]);
  }
}

std::string basis_of(std::int64_t measured_levels,
                     std::int64_t levels,
                     const PlanMachine& machine,
                     const TimedSteps& timed) {
  const std::string where =
      machine.kind == DeviceKind::cuda
          ? fmt::format("with {} at once on GPUs", counted(machine.workers, "run"))
          : "on " + counted(machine.workers, "CPU worker");
  if (!timed.seconds_per_step.empty()) {
    return fmt::format(
        "{} of {} timed just now, {}",
        counted(timed.steps, "step"),
        timed.seconds_per_step.size() == 1 ? "one level" : "the cheapest and the dearest level",
        where);
  }
  if (measured_levels == levels) {
    return fmt::format("steps measured in this store, {}", where);
  }
  if (measured_levels > 0) {
    return fmt::format(
        "steps measured in this store for {} of {} levels, a rough figure for the rest, {}",
        measured_levels,
        levels,
        where);
  }
  return fmt::format("a rough figure, nothing measured in this store yet, {}", where);
}

}  // namespace

std::int64_t planned_levels(const orchestrator::CheckedSubmission& sweep) {
  const SweepSpec& spec = sweep.submission.spec;
  auto levels = static_cast<std::int64_t>(sweep.levels.size());
  for (const auto& [resource, count] : restarts_of(sweep)) {
    levels += count;
  }
  return spec.method == Method::tpe ? levels_in_all(spec) : levels;
}

std::string later_levels_line(const orchestrator::CheckedSubmission& sweep) {
  std::string again;
  for (const auto& [resource, count] : restarts_of(sweep)) {
    again += fmt::format("{}{} with {} {}",
                         again.empty() ? "then, from the beginning, at most " : ", ",
                         count,
                         printable(sweep.submission.spec.rungs->restart),
                         count_text(resource));
  }
  if (!again.empty()) {
    return again + "\n";
  }
  const std::int64_t later = planned_levels(sweep) - static_cast<std::int64_t>(sweep.levels.size());
  return later == 0
             ? ""
             : fmt::format("then {}, chosen one after the other by what those before have shown\n",
                           counted(later, "level"));
}

std::int64_t steps_of_level(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  return steps_of_run(
      inputs_of(sweep, level).train_examples, level.training.batch_size, level.training.epochs);
}

LearnerName learner_of(const orchestrator::CheckedSubmission& sweep, const Level& level) {
  return sweep.learners.at(static_cast<std::size_t>(level.id.value - 1));
}

double rough_seconds_per_step(const orchestrator::CheckedSubmission& sweep,
                              const Level& level,
                              DeviceKind kind) {
  const auto& inputs = inputs_of(sweep, level);
  const RoughSpeed speed = speed_of(learner_of(sweep, level), kind);
  const double tokens_per_step =
      static_cast<double>(inputs.train_tokens * level.training.epochs) /
      static_cast<double>(std::max<std::int64_t>(1, steps_of_level(sweep, level)));
  return tokens_per_step * training_flops_per_token(config_of(sweep, level)) /
             speed.flops_per_second +
         speed.seconds_per_step +
         static_cast<double>(inputs.parameters) * speed.seconds_per_parameter;
}

PlanEstimate estimate_plan(const orchestrator::CheckedSubmission& sweep,
                           const PlanMachine& machine,
                           const MeasuredSteps& measured,
                           const TimedSteps& timed) {
  PlanEstimate estimate;
  const std::int64_t replicates = sweep.submission.spec.replicates;
  std::vector<double> of_levels;  // seconds of a run's own steps
  std::int64_t measured_levels = 0;
  const std::map<LevelId, std::int64_t> shared = shared_steps(sweep);
  for (const Level& level : sweep.levels) {
    const std::int64_t steps = steps_of_level(sweep, level);
    const LevelInputs& inputs = inputs_of(sweep, level);
    const auto per_step = measured(learner_of(sweep, level), inputs.layers, inputs.hidden);
    measured_levels += per_step ? 1 : 0;
    const double without_store =
        (timed.seconds_per_step.empty() ? rough_seconds_per_step(sweep, level, machine.kind)
                                        : by_timed(sweep, level, machine.kind, timed)) *
        with_evaluation(inputs);
    const bool counts_store = per_step && timed.seconds_per_step.empty();
    const double seconds = counts_store ? *per_step : without_store;
    const auto found = shared.find(level.id);
    const std::int64_t saved = found == shared.end() ? 0 : found->second;
    of_levels.push_back(seconds * static_cast<double>(steps - saved));
    estimate.shared_steps += replicates * saved;
    estimate.runs += replicates;
    estimate.steps += replicates * steps;
  }
  add_later_levels(sweep, estimate, of_levels);
  estimate.memory_bytes = orchestrator::worker_memory_of(sweep);
  const std::int64_t workers =
      std::clamp<std::int64_t>(machine.workers, 1, std::max<std::int64_t>(1, estimate.runs));
  estimate.seconds = wall_seconds(std::move(of_levels), replicates, workers);
  estimate.basis = basis_of(measured_levels,
                            static_cast<std::int64_t>(sweep.levels.size()),
                            {workers, machine.kind},
                            timed);
  add_disk(estimate, sweep, workers);
  return estimate;
}

}  // namespace tarama::cli
