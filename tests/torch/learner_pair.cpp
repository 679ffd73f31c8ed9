// Made-up numbers by Philox, and the two ways to a gradient.
#include "tests/torch/learner_pair.hpp"

#include "core/training/architecture.hpp"
#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"
#include "worker/packed/model/cross_entropy.hpp"
#include "worker/packed/model/packed_bert.hpp"
#include "worker/packed/model/parameter_tables.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/padded_batch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarama::test {
namespace {

constexpr std::int64_t vocab = 61;
constexpr std::int64_t classes_of_case = 3;

template <class Real>
std::vector<double> whole_gradient(const packed::ModelPlan& plan,
                                   const packed::Slot& slot,
                                   const Real* gradients) {
  std::int64_t elements = 1;
  for (const std::int64_t size : slot.parameter.shape) {
    elements *= size;
  }
  std::vector<double> whole(static_cast<std::size_t>(elements));
  const auto* const pieces = packed::pieces_of(plan, slot);
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    const std::int64_t to = pieces != nullptr ? (*pieces)[static_cast<std::size_t>(row)] : row;
    for (std::int64_t i = 0; i < slot.width; ++i) {
      whole[static_cast<std::size_t>(to * slot.width + i)] =
          static_cast<double>(gradients[slot.offset + row * slot.width + i]);
    }
  }
  return whole;
}

template <class Real>
Gradients gradients_by(const MadeUpCase& made_up, const packed::KernelTable<Real>& kernels) {
  const ModelConfig config = made_up.config();
  const training::PackedBatch batch = made_up.batch();
  std::vector<std::int32_t> pieces = batch.ids;
  std::ranges::sort(pieces);
  pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
  const packed::Capacity capacity = packed::capacity_for(made_up.lengths, kernels.padded);
  const packed::ModelPlan plan = packed::plan_model(config, pieces, capacity.longest);
  packed::ParameterTables<Real> tables(plan, kernels);
  const ModelWeights weights = made_up.weights();
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    tables.set(i, weights.at(plan.slots[i].parameter.name).values);
  }
  packed::PackedBert<Real> model(config, plan, capacity, kernels);
  packed::TokenLayout layout;
  packed::lay_out(
      batch.ids, batch.offsets, batch.second_starts, plan.row_of, kernels.padded, layout);
  const packed::Dropout dropout{.rate = made_up.dropout, .seed = made_up.seed, .step = 5};
  const std::span<const Real> scores = model.forward(layout, dropout, tables.values());
  std::vector<Real> d_scores(scores.size());
  Gradients result;
  result.loss = packed::cross_entropy<Real>(scores, batch.labels, d_scores);
  std::vector<Real> gradients(static_cast<std::size_t>(plan.elements));
  model.backward(layout, d_scores, tables.values(), gradients.data());
  for (const packed::Slot& slot : plan.slots) {
    result.of.emplace(slot.parameter.name, whole_gradient(plan, slot, gradients.data()));
  }
  return result;
}

double largest_in(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

}  // namespace

std::string MadeUpCase::words() const {
  return fmt::format("{} layers of {}, {} heads, intermediate {}, lengths {}, dropout {}",
                     layers,
                     hidden,
                     heads,
                     intermediate,
                     lengths,
                     dropout);
}

ModelConfig MadeUpCase::config() const {
  return {.vocab_size = vocab,
          .hidden = hidden,
          .layers = layers,
          .heads = heads,
          .intermediate = intermediate,
          .max_positions = 80,
          .type_vocab_size = 2,
          .classes = classes_of_case,
          .layer_norm_eps = 1e-12,
          .initializer_range = 0.02,
          .norm = norm};
}

ModelWeights MadeUpCase::weights() const {
  ModelWeights weights = initial_weights(config(), seed);
  PhiloxStream random({.seed = seed, .place = Place::fake_noise});
  for (auto& [name, array] : weights) {
    for (float& value : array.values) {
      value = 2 * value + 0.02F * static_cast<float>(random.normal());
    }
  }
  return weights;
}

training::PackedBatch MadeUpCase::batch() const {
  training::PackedBatch batch;
  PhiloxStream random({.seed = seed, .place = Place::fake_noise, .step = 1});
  for (std::size_t example = 0; example < lengths.size(); ++example) {
    const std::int32_t length = lengths[example];
    for (std::int32_t i = 0; i < length; ++i) {
      // Every tenth piece is 0, the padding, as a text may hold it.
      batch.ids.push_back(random.below(10) == 0 ? 0
                                                : static_cast<std::int32_t>(random.below(vocab)));
    }
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    batch.second_starts.push_back(example % 2 == 0 ? length : length / 2);
    batch.labels.push_back(static_cast<std::int32_t>(random.below(classes_of_case)));
  }
  return batch;
}

Gradients torch_gradients(const MadeUpCase& made_up, torch_trainer::FloatType type) {
  at::set_num_threads(1);
  const ModelConfig config = made_up.config();
  const auto parameters = torch_trainer::make_parameters(config, made_up.weights(), "cpu", type);
  const torch_trainer::PaddedBatch batch = torch_trainer::pad(made_up.batch());
  const at::Tensor loss = torch_trainer::loss_of(
      torch_trainer::logits_of(
          parameters, config, batch, {.rate = made_up.dropout, .seed = made_up.seed, .step = 5}),
      batch);
  loss.backward();
  Gradients result;
  result.loss = loss.item<double>();
  for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
    const at::Tensor gradient = parameters.tensors[i].grad().to(at::kDouble).contiguous();
    const double* const first = gradient.const_data_ptr<double>();
    result.of.emplace(parameters.specs[i].name,
                      std::vector<double>(first, first + gradient.numel()));
  }
  return result;
}

Gradients packed_gradients(const MadeUpCase& made_up, const packed::KernelTable<float>& kernels) {
  return gradients_by(made_up, kernels);
}

Gradients packed_gradients(const MadeUpCase& made_up, const packed::KernelTable<double>& kernels) {
  return gradients_by(made_up, kernels);
}

double largest_difference(const Gradients& a, const Gradients& b) {
  double largest_of_all = 0;
  for (const auto& [name, values] : b.of) {
    largest_of_all = std::max(largest_of_all, largest_in(values));
  }
  double worst = 0;
  for (const auto& [name, values] : b.of) {
    const std::vector<double>& others = a.of.at(name);
    const double scale = std::max(largest_in(values), 1e-3 * largest_of_all);
    for (std::size_t i = 0; i < values.size(); ++i) {
      worst = std::max(worst, std::abs(others.at(i) - values[i]) / scale);
    }
  }
  return worst;
}

}  // namespace tarama::test
