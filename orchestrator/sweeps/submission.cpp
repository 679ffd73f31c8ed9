// See submission.hpp.
#include "orchestrator/sweeps/submission.hpp"

#include "core/search/grid.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/training/training_cost.hpp"
#include "orchestrator/devices/memory_fit.hpp"
#include "orchestrator/sweeps/design_warnings.hpp"
#include "orchestrator/sweeps/program_inputs.hpp"
#include "orchestrator/sweeps/search_plan.hpp"
#include "orchestrator/sweeps/worker_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <unistd.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

/// What the inputs of a level depend on.
struct VariantKey {
  ModelSpec model;
  Norm norm = Norm::post;

  friend bool operator==(const VariantKey&, const VariantKey&) = default;
};

/// The distinct inputs of all levels, and which level has which.
struct Variants {
  std::vector<VariantKey> keys;
  std::vector<std::int64_t> of_level;
};

Variants variants_of(const std::vector<Level>& levels) {
  Variants variants;
  for (const Level& level : levels) {
    const VariantKey key{level.model, level.training.norm};
    const auto found = std::find(variants.keys.begin(), variants.keys.end(), key);
    variants.of_level.push_back(found - variants.keys.begin());
    if (found == variants.keys.end()) {
      variants.keys.push_back(key);
    }
  }
  return variants;
}

/// Whether the axis changes what is checked of a level's inputs.
bool changes_inputs(const Axis& axis) {
  std::vector<ParameterValue> values = axis.values;
  if (axis.drawn) {
    values = {static_cast<std::int64_t>(axis.drawn->min),
              static_cast<std::int64_t>(axis.drawn->max)};
  }
  return std::ranges::any_of(values, [&](const ParameterValue& value) {
    TrainingSettings training;
    ModelSpec model;
    static_cast<void>(apply_parameter(axis.key, value, training, model));
    return model != ModelSpec{} || training.norm != TrainingSettings{}.norm;
  });
}

/// How many values it may have, "none" included.
double choices_of(const Axis& axis) {
  const double step = axis.drawn && axis.drawn->q > 0 ? axis.drawn->q : 1;
  const double values = axis.drawn ? std::floor((axis.drawn->max - axis.drawn->min) / step) + 1
                                   : static_cast<double>(axis.values.size());
  return values + (axis.when.empty() ? 0 : 1);
}

/// Files are checked before anything runs: where levels are chosen later, every model that they may
/// have must be one of the first levels'.
std::optional<std::string> unchecked_models(const SweepSpec& spec, const Variants& variants) {
  double models = 1;
  for (const Axis& axis : spec.parameters) {
    models *= changes_inputs(axis) ? choices_of(axis) : 1;
  }
  if (!is_learning(spec) || models <= static_cast<double>(variants.keys.size())) {
    return std::nullopt;
  }
  return fmt::format(
      "its first levels have {} of the {:.0f} models (and norms) that levels may "
      "have, and files are checked before anything runs; sweep fewer models, or "
      "choose method: sobol",
      variants.keys.size(),
      models);
}

template <class T>
void add_once(std::vector<T>& list, T item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) {
    list.push_back(std::move(item));
  }
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

/// Problems of the devices that the file names, and of the learners on them; `sweep` gets one for
/// each level.
std::optional<config::ConfigProblem> check_devices(const config::SweepFile& file,
                                                   const Machine& machine,
                                                   CheckedSubmission& sweep) {
  const auto supply =
      supply_for(file.spec.resources,
                 machine,
                 learner_needs(sweep.levels, sweep.submission.prepared, file.spec.data.max_tokens),
                 LearnerSupply{}.learners);
  if (!supply) {
    return file.at("resources.devices", supply.error().message);
  }
  for (const Level& level : sweep.levels) {
    const auto learner = learner_for(level.training, *supply);
    if (!learner) {
      return file.at("training.learner", learner.error().message);
    }
    sweep.learners.push_back(*learner);
  }
  return std::nullopt;
}

bool is_on_cpus_alone(const std::vector<Place>& places) {
  return std::ranges::all_of(places, [](const Place& place) { return place.uuid.empty(); });
}

/// What the machine lacks for the sweep: told here, since it would show in the midst of a night.
void warn_of_machine(const config::SweepFile& file,
                     const Machine& machine,
                     CheckedSubmission& sweep) {
  const auto add = [&](const char* code, const std::string& message, const char* key) {
    sweep.warnings.push_back({code, message, file.line_of(key)});
  };
  const SweepNeeds needs = needs_of(sweep);
  const Resources& resources = sweep.submission.spec.resources;
  const auto places = places_for(resources, machine, needs);
  if (!places) {
    return;  // a problem, and said as one
  }
  if (const auto message = memory_warning(resources, *places, machine, needs.worker_bytes)) {
    add("memory", *message, "resources.runs_per_device");
  }
  if (const auto message = host_memory_warning(*places, machine, needs.host)) {
    add("memory", *message, "resources.runs_per_device");
  }
  const GpuSurvey& gpus = machine.gpus;
  const bool wants_gpus = resources.devices.empty() || !is_on_cpus_alone(*places);
  for (const std::string& trouble :
       {gpus.trouble, gpus.not_visible, why_gpus_stay_idle(machine, needs.gpus)}) {
    if (wants_gpus && !trouble.empty()) {
      add("devices",
          fmt::format(
              "{}{}", trouble, is_on_cpus_alone(*places) ? "; the sweep trains on the CPU" : ""),
          "resources.devices");
    }
  }
  if (wants_gpus && !gpus.order.empty()) {
    add("device_order", gpus.order, "resources.devices");
  }
}

/// What is known of a sweep beside its inputs.
void complete(config::SweepFile file, const Machine& machine, CheckedSubmission& checked) {
  checked.submission.spec = file.spec;
  checked.submission.refinement = file.refinement;
  std::ranges::move(
      design_warnings(file,
                      is_learning(file.spec) ? levels_in_all(file.spec)
                                             : static_cast<std::int64_t>(checked.levels.size()),
                      checked.submission.prepared.variants.front()),
      std::back_inserter(checked.warnings));
  warn_of_machine(file, machine, checked);
  checked.machine = machine;
  checked.submission.yaml = std::move(file.yaml);
  checked.submission.host = host_name();
}

/// A program has no data or model that we know of; its inputs are the same for all levels.
SubmissionOutcome check_program_sweep(config::SweepFile file,
                                      std::vector<Level> levels,
                                      const Machine& machine) {
  CheckedSubmission checked;
  SubmissionOutcome outcome;
  checked.levels = std::move(levels);
  checked.warnings = config::config_warnings(file);
  if (const auto places = places_for(file.spec.resources, machine); !places) {
    outcome.problems.push_back(file.at("resources.devices", places.error().message));
  }
  checked.submission.prepared.variants = {check_program_of(file, outcome.problems)};
  checked.submission.prepared.variant_of_level.assign(checked.levels.size(), 0);
  if (outcome.problems.empty()) {
    complete(std::move(file), machine, checked);
    outcome.checked = std::move(checked);
  }
  return outcome;
}

/// Checks the inputs of each variant, and gathers what all of them say.
SubmissionOutcome check_inputs(config::SweepFile file,
                               const std::filesystem::path& cache,
                               const Machine& machine) {
  CheckedSubmission checked;
  SubmissionOutcome outcome;
  Result<std::vector<Level>> levels = expand_levels(file.spec);
  if (!levels) {
    outcome.problems.push_back(file.at("parameters", levels.error().message));
    return outcome;
  }
  if (file.spec.program) {
    return check_program_sweep(std::move(file), std::move(*levels), machine);
  }
  checked.levels = std::move(*levels);
  checked.warnings = config::config_warnings(file);
  Variants variants = variants_of(checked.levels);
  if (const auto flaw = unchecked_models(file.spec, variants)) {
    outcome.problems.push_back(file.at("method", *flaw));
    return outcome;
  }
  for (const VariantKey& variant : variants.keys) {
    const input::PrepareOutcome inputs = input::prepare({.data = file.spec.data,
                                                         .model = variant.model,
                                                         .norm = variant.norm,
                                                         .sweep_seed = file.spec.seed,
                                                         .cache = cache});
    for (const input::Problem& problem : inputs.problems) {
      add_once(outcome.problems, file.at(problem.key, problem.message));
    }
    if (inputs.prepared == nullptr) {
      continue;
    }
    for (const input::Warning& warning : inputs.prepared->warnings) {
      add_once(checked.warnings, {warning.code, warning.message, file.line_of(warning.key)});
    }
    checked.submission.prepared.variants.push_back(inputs_of(*inputs.prepared));
    checked.configs.push_back(inputs.prepared->config);
  }
  if (outcome.problems.empty()) {
    checked.submission.prepared.variant_of_level = std::move(variants.of_level);
  }
  if (auto problem = check_devices(file, machine, checked)) {
    outcome.problems.insert(outcome.problems.begin(), std::move(*problem));
  }
  if (outcome.problems.empty()) {
    complete(std::move(file), machine, checked);
    outcome.checked = std::move(checked);
  }
  return outcome;
}

}  // namespace

LevelInputs inputs_of(const input::Prepared& prepared) {
  return {.data_fingerprint = prepared.data->fingerprint,
          .model_fingerprint = prepared.model_fingerprint,
          .train_examples = prepared.data->train.examples(),
          .eval_examples = prepared.data->eval.examples(),
          .test_examples = prepared.data->test.examples(),
          .train_tokens = static_cast<std::int64_t>(prepared.data->train.ids.size()),
          .classes = static_cast<std::int64_t>(prepared.data->classes.size()),
          .parameters = count_parameters(prepared.config),
          .layers = prepared.config.layers,
          .hidden = prepared.config.hidden,
          .cut_texts = prepared.cut_texts};
}

double worker_memory_of(const CheckedSubmission& sweep) {
  if (sweep.submission.spec.program) {
    return 0;  // nobody knows
  }
  const PreparedSummary& prepared = sweep.submission.prepared;
  const std::int64_t max_tokens = sweep.submission.spec.data.max_tokens;
  double most = 0;
  for (std::size_t level = 0; level < sweep.levels.size(); ++level) {
    const auto variant = static_cast<std::size_t>(prepared.variant_of_level.at(level));
    most = std::max(most,
                    worker_memory(sweep.levels[level].training,
                                  prepared.variants.at(variant),
                                  max_tokens,
                                  name_of(sweep.learners.at(level))));
  }
  return most;
}

SweepNeeds needs_of(const CheckedSubmission& sweep) {
  if (sweep.submission.spec.program) {
    return {};  // nobody knows
  }
  const PreparedSummary& prepared = sweep.submission.prepared;
  SweepNeeds needs{.worker_bytes = worker_memory_of(sweep), .gpus = {}};
  for (std::size_t i = 0; i < sweep.levels.size(); ++i) {
    const Level& level = sweep.levels[i];
    const auto variant = static_cast<std::size_t>(prepared.variant_of_level.at(i));
    needs.host = most_of(needs.host,
                         host_needs(prepared.variants.at(variant), name_of(sweep.learners.at(i))));
    add_needs(needs.gpus,
              sweep.learners.at(i),
              level.training,
              level.model,
              prepared.variants.at(variant),
              sweep.submission.spec.data.max_tokens);
  }
  return needs;
}

SubmissionOutcome check_submission(const config::SweepFileRequest& request,
                                   const std::filesystem::path& cache,
                                   const Machine& machine) {
  config::SweepFileOutcome read = config::read_sweep_file(request);
  if (!read.file) {
    return {std::nullopt, std::move(read.problems)};
  }
  return check_inputs(std::move(*read.file), cache, machine);
}

}  // namespace tarama::orchestrator
