// See submission.hpp.
#include "orchestrator/sweeps/submission.hpp"

#include "core/search/grid.hpp"
#include "core/training/training_cost.hpp"
#include "orchestrator/devices/devices.hpp"

#include <algorithm>
#include <array>
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

/// Problems of the devices that the file names, and of the learners on them; `learners` gets one
/// for each level.
std::vector<config::ConfigProblem> check_devices(const config::SweepFile& file,
                                                 const std::vector<Level>& levels,
                                                 std::vector<LearnerName>& learners) {
  // Whether the worker program can use a GPU is asked when it is started; here: is there one?
  const auto places = places_for(file.spec.resources, survey_machine(true));
  if (!places) {
    return {file.at("resources.devices", places.error().message)};
  }
  for (const Level& level : levels) {
    const auto learner = learner_for(level.training, {.devices = worker_devices_of(*places)});
    if (!learner) {
      return {file.at("training.learner", learner.error().message)};
    }
    learners.push_back(*learner);
  }
  return {};
}

/// Checks the inputs of each variant, and gathers what all of them say.
SubmissionOutcome check_inputs(config::SweepFile file, const std::filesystem::path& cache) {
  CheckedSubmission checked;
  SubmissionOutcome outcome;
  Result<std::vector<Level>> levels = expand_levels(file.spec);
  if (!levels) {
    outcome.problems.push_back(file.at("parameters", levels.error().message));
    return outcome;
  }
  checked.levels = std::move(*levels);
  checked.warnings = config::config_warnings(file);
  Variants variants = variants_of(checked.levels);
  outcome.problems = check_devices(file, checked.levels, checked.learners);
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
    checked.submission.spec = std::move(file.spec);
    checked.submission.yaml = std::move(file.yaml);
    checked.submission.host = host_name();
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

SubmissionOutcome check_submission(const config::SweepFileRequest& request,
                                   const std::filesystem::path& cache) {
  config::SweepFileOutcome read = config::read_sweep_file(request);
  if (!read.file) {
    return {std::nullopt, std::move(read.problems)};
  }
  return check_inputs(std::move(*read.file), cache);
}

}  // namespace tarama::orchestrator
