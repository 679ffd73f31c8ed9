// See cuda_learner.hpp.
#include "worker/cuda/cuda_learner.hpp"

#include "core/sweep/assert.hpp"
#include "core/sweep/gpu_needs.hpp"
#include "core/training/lr_schedule.hpp"
#include "worker/cuda/kernels/attention.hpp"
#include "worker/cuda/kernels/row_values.hpp"
#include "worker/cuda/model/run_on_device.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/parameter_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

namespace tarama::cuda {
namespace {

using training::LearnerSpec;
using Kind = RunOnDevice::Kind;

// Where sweeps go, the orchestrator decides by the same numbers.
static_assert(packed_gpu_limits.hidden == widest_row && packed_gpu_limits.head == widest_head &&
              packed_gpu_limits.tokens == longest_example);

constexpr std::pair<const char*, Kind> kept_arrays[] = {
    {"parameter/", Kind::values}, {"next_m/", Kind::next_m}, {"next_v/", Kind::next_v}};

/// Of the data's longest example.
std::int64_t longest_of(const LearnerSpec& spec) {
  return spec.longest_batch.empty() ? 1 : *std::ranges::max_element(spec.longest_batch);
}

/// Of a state that was computed in parts: how many examples at a time.
constexpr const char* kept_examples = "examples_at_a_time";

/// With `most` examples of a batch at a time, or as many as there is memory for.
std::unique_ptr<RunOnDevice> make_run(Device& device,
                                      const LearnerSpec& spec,
                                      const packed::ModelPlan& plan,
                                      std::int64_t most,
                                      std::int64_t& examples_at_a_time) {
  const RunSpec run{.config = spec.config,
                    .training = spec.training,
                    .seed = spec.seed,
                    .longest_batch = spec.longest_batch};
  const std::vector<std::int64_t> sizes = part_sizes(most);
  for (const std::int64_t size : sizes) {
    try {
      examples_at_a_time = size;
      return std::make_unique<RunOnDevice>(device, run, plan, size);
    } catch (const OutOfDeviceMemory&) {
      if (size == sizes.back()) {
        throw;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::optional<std::string> why_unfit(const LearnerSpec& spec) {
  const ModelConfig& config = spec.config;
  const auto beyond = [](const char* what, std::int64_t is, std::int64_t most) {
    return fmt::format(
        "{} is {}; the packed learner on CUDA takes at most {}: train it with training.learner: "
        "torch",
        what,
        is,
        most);
  };
  if (config.hidden > widest_row) {
    return beyond("hidden_size", config.hidden, widest_row);
  }
  if (config.hidden / config.heads > widest_head) {
    return beyond("the width of a head", config.hidden / config.heads, widest_head);
  }
  if (longest_of(spec) > longest_example) {
    return beyond("the longest text in tokens", longest_of(spec), longest_example);
  }
  return std::nullopt;
}

struct CudaLearner::Parts {
  Parts(Device& its_device, const LearnerSpec& its_spec)
      : device(its_device),
        spec(its_spec),
        plan(packed::plan_model(spec.config, spec.pieces, longest_of(spec))),
        tables(plan, packed::kernels()),
        run(make_run(device, spec, plan, batch_size(), examples_at_a_time)) {}

  [[nodiscard]] std::int64_t batch_size() const { return std::ssize(spec.longest_batch); }

  Device& device;
  LearnerSpec spec;
  packed::ModelPlan plan;
  packed::ParameterTables<float> tables;  // the values are a copy, made when somebody asks
  std::int64_t examples_at_a_time = 0;
  std::unique_ptr<RunOnDevice> run;
  std::int64_t updates = 0;

  [[nodiscard]] double lr_at(std::int64_t step) const {
    return spec.training.lr * lr_factor(spec.schedule, step);
  }

  [[nodiscard]] std::span<float> values() {
    return {tables.values(), static_cast<std::size_t>(plan.elements)};
  }

  /// The rates of all updates so far.
  [[nodiscard]] std::vector<float> rates() const {
    std::vector<float> all;
    for (std::int64_t step = 0; step < updates; ++step) {
      all.push_back(static_cast<float>(lr_at(step)));
    }
    return all;
  }
};

CudaLearner::CudaLearner(Device& device, const LearnerSpec& spec, const ModelWeights& weights)
    : parts_(std::make_unique<Parts>(device, spec)) {
  parts_->tables.set(weights);
  parts_->run->write(Kind::values, parts_->values());
  parts_->run->was_written();
}

CudaLearner::~CudaLearner() = default;

void CudaLearner::enqueue(training::PackedBatch batch, std::int64_t step) {
  TARAMA_ASSERT(step == parts_->updates, "steps count up by one");
  parts_->run->learn(batch, step, parts_->lr_at(step));
  ++parts_->updates;
}

training::StepOutcome CudaLearner::collect() {
  return parts_->run->collect();
}

std::int64_t CudaLearner::lag() const {
  return RunOnDevice::steps_under_way - 1;
}

training::BatchOutcome CudaLearner::evaluate(const training::PackedBatch& batch) {
  enqueue_evaluation(batch);
  return collect_evaluation();
}

void CudaLearner::enqueue_evaluation(const training::PackedBatch& batch) {
  parts_->run->judge(batch);
}

training::BatchOutcome CudaLearner::collect_evaluation() {
  return parts_->run->collect().batch;
}

std::vector<float> CudaLearner::scores(const training::PackedBatch& batch) {
  return parts_->run->scores(batch);
}

double CudaLearner::lr_at(std::int64_t step) const {
  return parts_->lr_at(step);
}

std::int64_t CudaLearner::examples_at_a_time() const {
  return parts_->examples_at_a_time;
}

std::string CudaLearner::note() const {
  const std::int64_t batch = parts_->batch_size();
  if (examples_at_a_time() >= batch) {
    return {};
  }
  return fmt::format(
      "the device has no memory for a batch of {}: {} examples are computed at a time, and their "
      "gradients added up",
      batch,
      examples_at_a_time());
}

ModelWeights CudaLearner::weights() {
  Parts& parts = *parts_;
  parts.run->read(Kind::values, parts.values());
  return parts.tables.get(parts.rates(), static_cast<float>(parts.spec.training.weight_decay));
}

std::map<std::string, NamedArray> CudaLearner::arrays() {
  Parts& parts = *parts_;
  std::map<std::string, NamedArray> arrays;
  std::vector<float> by_plan(static_cast<std::size_t>(parts.plan.elements));
  for (const auto& [prefix, kind] : kept_arrays) {
    parts.run->read(kind, by_plan);
    for (const packed::Slot& slot : parts.plan.slots) {
      const auto first = by_plan.begin() + slot.offset;
      arrays.emplace(prefix + slot.parameter.name,
                     NamedArray{.shape = packed::rows_shape(slot),
                                .values = std::vector<float>(first, first + slot.elements())});
    }
  }
  if (parts.examples_at_a_time < parts.batch_size()) {
    arrays.emplace(
        kept_examples,
        NamedArray{.shape = {1},
                   .values = std::vector<float>{static_cast<float>(parts.examples_at_a_time)}});
  }
  return arrays;
}

/// In the order of what computed the state, also where there is memory for more by now.
void CudaLearner::sum_as(const std::map<std::string, NamedArray>& arrays) {
  Parts& parts = *parts_;
  const auto found = arrays.find(kept_examples);
  if (found == arrays.end() || found->second.values.size() != 1) {
    return;
  }
  const auto examples = static_cast<std::int64_t>(found->second.values[0]);
  if (examples >= 1 && examples < parts.examples_at_a_time) {
    parts.run.reset();
    parts.run = make_run(parts.device, parts.spec, parts.plan, examples, parts.examples_at_a_time);
  }
}

void CudaLearner::restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) {
  Parts& parts = *parts_;
  sum_as(arrays);
  std::vector<float> by_plan(static_cast<std::size_t>(parts.plan.elements));
  for (const auto& [prefix, kind] : kept_arrays) {
    for (const packed::Slot& slot : parts.plan.slots) {
      const std::string name = prefix + slot.parameter.name;
      const auto found = arrays.find(name);
      if (found == arrays.end()) {
        throw std::invalid_argument(fmt::format("the array '{}' is missing", name));
      }
      if (found->second.shape != packed::rows_shape(slot)) {
        throw std::invalid_argument(fmt::format("the array '{}' has shape [{}]; expected [{}]",
                                                name,
                                                fmt::join(found->second.shape, ", "),
                                                fmt::join(packed::rows_shape(slot), ", ")));
      }
      std::ranges::copy(found->second.values, by_plan.begin() + slot.offset);
    }
    parts.run->write(kind, by_plan);
  }
  parts.run->was_written();
  parts.updates = updates;
}

}  // namespace tarama::cuda
