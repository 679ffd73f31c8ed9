// What a training step of the torch learner costs on one thread, and its parts: forward, backward,
// update, and the dropout masks. The parts are measured apart; `whole` is what a run does.
#include "bench/row.hpp"
#include "bench/step_subject.hpp"
#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"
#include "worker/torch/bert_adam.hpp"
#include "worker/torch/bert_learner.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/torch_trainer.hpp"

#include <fmt/format.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tarama::bench {
namespace {

using torch_trainer::BertAdamGroup;
using torch_trainer::BertLearner;
using torch_trainer::BertParameters;
using torch_trainer::Dropout;
using torch_trainer::PaddedBatch;
using training::PackedBatch;

constexpr double dropout_rate = 0.1;

/// LibTorch as a worker on a CPU sets it: one thread, deterministic.
void set_up_libtorch() {
  static_cast<void>(make_torch_trainer("cpu:0", 1));
  at::set_num_threads(1);
}

/// What all measurements of one shape share: weights of 22 million parameters take a second.
struct Subject {
  explicit Subject(const Shape& shape) : config(config_of(shape)) {
    set_up_libtorch();
    // Several, so that an update sees other word pieces than the one before.
    for (std::int64_t number = 0; number < 8; ++number) {
      batches.push_back(made_up_batch(number));
    }
    weights = initial_weights(config, 1);
    parameters =
        torch_trainer::make_parameters(config, weights, "cpu", torch_trainer::FloatType::float32);
    padded = torch_trainer::pad(batches.front());
  }

  [[nodiscard]] at::Tensor loss(const Dropout& dropout) const {
    return torch_trainer::loss_of(torch_trainer::logits_of(parameters, config, padded, dropout),
                                  padded);
  }

  void forget_gradients() {
    for (at::Tensor& parameter : parameters.tensors) {
      parameter.mutable_grad() = at::Tensor();
    }
  }

  ModelConfig config;
  ModelWeights weights;
  BertParameters parameters;
  std::vector<PackedBatch> batches;
  PaddedBatch padded;
};

Subject& subject_of(const Shape& shape) {
  static std::map<std::pair<std::int64_t, std::int64_t>, Subject> made;
  return made.try_emplace({shape.layers, shape.hidden}, shape).first->second;
}

/// Logits and loss without dropout, with what autograd keeps for the backward pass.
void forward(benchmark::State& state, const Shape& shape) {
  const Subject& subject = subject_of(shape);
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(subject.loss({}));
  }
  report_per(state, "step");
}

void backward(benchmark::State& state, const Shape& shape) {
  Subject& subject = subject_of(shape);
  for ([[maybe_unused]] auto iteration : state) {
    state.PauseTiming();
    subject.forget_gradients();
    const at::Tensor loss = subject.loss({.rate = dropout_rate, .seed = 1});
    state.ResumeTiming();
    loss.backward();
  }
  report_per(state, "step");
}

/// BertAdam over all parameters, clipping included.
void update(benchmark::State& state, const Shape& shape) {
  Subject& subject = subject_of(shape);
  subject.forget_gradients();
  subject.loss({}).backward();
  BertAdamGroup group;
  group.options.lr = 1e-5;
  group.options.lr_factor = [](std::int64_t) { return 1.0; };
  for (const at::Tensor& parameter : subject.parameters.tensors) {
    torch_trainer::add_parameter(group, parameter);
  }
  for ([[maybe_unused]] auto iteration : state) {
    torch_trainer::step(group);
  }
  report_per(state, "step");
}

/// The rows of one place, as the model draws them for each token of an example.
void fill_token_masks(PhiloxRow row, std::int32_t length, std::span<float> mask) {
  for (row.index = 0; row.index < length; ++row.index) {
    fill_dropout_mask(row, dropout_rate, mask);
    benchmark::DoNotOptimize(mask.data());
  }
}

/// Every mask of one example's step.
void fill_example_masks(const ModelConfig& config, PhiloxRow row, std::span<float> scratch) {
  const std::int32_t length = batch_lengths[static_cast<std::size_t>(row.example)];
  const std::span<float> hidden = scratch.first(static_cast<std::size_t>(config.hidden));
  const auto square =
      scratch.first(static_cast<std::size_t>(length) * static_cast<std::size_t>(length));
  row.place = Place::embedding_dropout;
  fill_token_masks(row, length, hidden);
  for (row.layer = 0; row.layer < config.layers; ++row.layer) {
    row.place = Place::attention_dropout;
    for (row.index = 0; row.index < config.heads; ++row.index) {
      fill_dropout_mask(row, dropout_rate, square);
      benchmark::DoNotOptimize(square.data());
    }
    for (const Place place : {Place::attention_output_dropout, Place::feed_forward_dropout}) {
      row.place = place;
      fill_token_masks(row, length, hidden);
    }
  }
  row.layer = 0;
  row.place = Place::classifier_dropout;
  fill_token_masks(row, 1, hidden);
}

/// The numbers alone, of tokens and not of padding; multiplying by them is part of `whole`.
void masks(benchmark::State& state, const Shape& shape) {
  const ModelConfig config = config_of(shape);
  const auto longest =
      static_cast<std::int64_t>(*std::max_element(batch_lengths.begin(), batch_lengths.end()));
  std::vector<float> scratch(static_cast<std::size_t>(std::max(config.hidden, longest * longest)));
  PhiloxRow row{.seed = 1};
  for ([[maybe_unused]] auto iteration : state) {
    row.step = (row.step + 1) % 1'000'000;
    for (row.example = 0; row.example < std::ssize(batch_lengths); ++row.example) {
      fill_example_masks(config, row, scratch);
    }
  }
  report_per(state, "step");
}

/// A batch in, the loss and the predicted classes out, the parameters moved.
void whole(benchmark::State& state, const Shape& shape) {
  const Subject& subject = subject_of(shape);
  training::LearnerSpec spec;
  spec.config = subject.config;
  spec.training.lr = 1e-5;
  spec.training.dropout = dropout_rate;
  spec.schedule.t_total = -1;  // no schedule
  BertLearner learner(spec, subject.weights, "cpu");
  std::int64_t step = 0;
  for ([[maybe_unused]] auto iteration : state) {
    learner.enqueue(subject.batches[static_cast<std::size_t>(step) % subject.batches.size()], step);
    benchmark::DoNotOptimize(learner.collect());
    ++step;
  }
  report_per(state, "step");
}

[[maybe_unused]] const bool is_registered = [] {
  benchmark::AddCustomContext("libtorch", libtorch_info().version);
  for (const Shape& shape : step_shapes) {
    const auto add = [&](const char* part, void (*measure)(benchmark::State&, const Shape&)) {
      const std::string name = fmt::format("step/{}x{}/{}", shape.layers, shape.hidden, part);
      benchmark::RegisterBenchmark(name.c_str(), measure, shape);
    };
    add("forward", forward);
    add("backward", backward);
    add("update", update);
    add("masks", masks);
    add("whole", whole);
  }
  return true;
}();

}  // namespace
}  // namespace tarama::bench
