// Steps, and the numbers that are compared.
#include "tests/reference/packed_parity.hpp"

#include "core/training/classification_metrics.hpp"
#include "tests/support/packed_model.hpp"
#include "tests/support/vector_units.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/bert_adam.hpp"
#include "worker/packed/model/cross_entropy.hpp"
#include "worker/packed/packed_learner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <numeric>

namespace tarama::test {
namespace {

using packed::PackedLearner;
using training::LearnerSpec;
using training::PackedBatch;

template <class Real>
double norm_of(std::span<const Real> values, double scale = 1) {
  double sum = 0;
  for (const Real value : values) {
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  return scale * std::sqrt(sum);
}

std::vector<double> doubles_of(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

/// As many of the longest examples as the largest batch has.
std::vector<std::int32_t> longest_batch_of(const std::vector<PackedBatch>& batches) {
  std::vector<std::int32_t> lengths;
  std::int64_t most = 0;
  for (const PackedBatch& batch : batches) {
    most = std::max(most, batch.examples());
    for (std::size_t i = 0; i + 1 < batch.offsets.size(); ++i) {
      lengths.push_back(batch.offsets[i + 1] - batch.offsets[i]);
    }
  }
  std::ranges::sort(lengths, std::greater());
  lengths.resize(static_cast<std::size_t>(most));
  return lengths;
}

LearnerSpec spec_of(const ParitySettings& settings,
                    const ModelConfig& config,
                    const std::vector<PackedBatch>& batches) {
  LearnerSpec spec;
  spec.config = config;
  spec.training.lr = settings.lr;
  spec.training.weight_decay = settings.weight_decay;
  spec.training.max_grad_norm = settings.max_grad_norm;
  spec.training.dropout = 0;
  spec.schedule = settings.schedule;
  spec.longest_batch = longest_batch_of(batches);
  for (const PackedBatch& batch : batches) {
    spec.pieces.insert(spec.pieces.end(), batch.ids.begin(), batch.ids.end());
  }
  std::ranges::sort(spec.pieces);
  spec.pieces.erase(std::unique(spec.pieces.begin(), spec.pieces.end()), spec.pieces.end());
  return spec;
}

/// Of the first step, from the first moment behind it, a tenth of the gradient that was not
/// clipped.
std::map<std::string, double> gradient_norms_of(LearnerSpec spec,
                                                const ModelWeights& weights,
                                                const PackedBatch& batch,
                                                std::string_view kernels) {
  spec.training.max_grad_norm = 0;
  PackedLearner learner(spec, weights, kernels);
  learner.enqueue(batch, 0);
  const std::map<std::string, NamedArray> arrays = learner.arrays();
  std::map<std::string, double> norms;
  for (const auto& [name, weight] : weights) {
    norms[name] = norm_of<float>(arrays.at("next_m/" + name).values, 10);
  }
  return norms;
}

/// Model, gradients and optimizer in float64, as PackedLearner has them in float32. Every word
/// piece and position has its row, so that all parameters can be read in float64.
class PackedParts {
 public:
  PackedParts(const ParitySettings& settings,
              const ModelConfig& config,
              const ModelWeights& weights,
              const std::vector<PackedBatch>& batches)
      : settings_(settings),
        model_(config,
               all_pieces(config),
               capacity_of(config, batches),
               weights,
               packed::exact_kernels()),
        optimizer_(model_.plan(), model_.kernels()),
        gradients_(static_cast<std::size_t>(model_.plan().elements)) {}

  std::vector<double> logits(const PackedBatch& batch) {
    const std::span<const double> scores = model_.scores(batch, {});
    return {scores.begin(), scores.end()};
  }

  /// The loss of logits that are the last ones; then `gradients` and `update` are of them.
  double backward(const std::vector<double>& logits, const PackedBatch& batch) {
    std::vector<double> d_scores(logits.size());
    const double loss = packed::cross_entropy<double>(logits, batch.labels, d_scores);
    model_.backward(d_scores, gradients_);
    return loss;
  }

  void update(std::int64_t step) {
    optimizer_.update({.lr = settings_.lr * lr_factor(settings_.schedule, step),
                       .weight_decay = settings_.weight_decay,
                       .max_grad_norm = settings_.max_grad_norm},
                      model_.words(),
                      gradients_.data(),
                      model_.values().data());
  }

  [[nodiscard]] std::map<std::string, double> gradient_norms() const { return norms(gradients_); }

  [[nodiscard]] std::map<std::string, double> parameter_norms() { return norms(model_.values()); }

 private:
  static packed::Capacity capacity_of(const ModelConfig& config,
                                      const std::vector<PackedBatch>& batches) {
    packed::Capacity capacity =
        packed::capacity_for(longest_batch_of(batches), packed::exact_kernels().padded);
    capacity.longest = config.max_positions;
    return capacity;
  }

  static std::vector<std::int32_t> all_pieces(const ModelConfig& config) {
    std::vector<std::int32_t> pieces(static_cast<std::size_t>(config.vocab_size));
    std::iota(pieces.begin(), pieces.end(), 0);
    return pieces;
  }

  [[nodiscard]] std::map<std::string, double> norms(std::span<const double> by_plan) const {
    std::map<std::string, double> norms;
    for (const packed::Slot& slot : model_.plan().slots) {
      norms[slot.parameter.name] = norm_of<double>(by_plan.subspan(
          static_cast<std::size_t>(slot.offset), static_cast<std::size_t>(slot.elements())));
    }
    return norms;
  }

  ParitySettings settings_;
  PackedModel<double> model_;
  packed::BertAdam<double> optimizer_;
  std::vector<double> gradients_;
};

std::vector<std::int32_t> classes_of(const std::vector<double>& logits, std::int64_t classes) {
  const std::vector<float> rounded(logits.begin(), logits.end());
  return likeliest_classes(rounded, classes);
}

}  // namespace

ParityNumbers train_by_packed_learner(const ParitySettings& settings,
                                      const ModelConfig& config,
                                      const ModelWeights& weights,
                                      const std::vector<PackedBatch>& batches,
                                      std::string_view kernels) {
  const LearnerSpec spec = spec_of(settings, config, batches);
  PackedLearner learner(spec, weights, kernels);
  ParityNumbers numbers;
  numbers.gradient_norms = gradient_norms_of(spec, weights, batches.front(), kernels);
  numbers.logits_before = doubles_of(learner.scores(batches.front()));
  for (std::size_t step = 0; step < settings.steps; ++step) {
    const PackedBatch& batch = batches.at(step);
    numbers.leads.push_back(leads_of(doubles_of(learner.scores(batch)), config.classes));
    learner.enqueue(batch, static_cast<std::int64_t>(step));
    const training::BatchOutcome outcome = learner.collect().batch;
    numbers.losses.push_back(outcome.loss);
    numbers.flat_accuracies.push_back(flat_accuracy(outcome.classes, batch.labels));
  }
  numbers.logits_after = doubles_of(learner.scores(batches.front()));
  for (const auto& [name, array] : learner.weights()) {
    numbers.parameter_norms_after[name] = norm_of<float>(array.values);
  }
  return numbers;
}

ParityNumbers train_by_packed_parts(const ParitySettings& settings,
                                    const ModelConfig& config,
                                    const ModelWeights& weights,
                                    const std::vector<PackedBatch>& batches) {
  PackedParts parts(settings, config, weights, batches);
  ParityNumbers numbers;
  numbers.logits_before = parts.logits(batches.front());
  for (std::size_t step = 0; step < settings.steps; ++step) {
    const PackedBatch& batch = batches.at(step);
    const std::vector<double> logits = parts.logits(batch);
    numbers.leads.push_back(leads_of(logits, config.classes));
    numbers.flat_accuracies.push_back(
        flat_accuracy(classes_of(logits, config.classes), batch.labels));
    numbers.losses.push_back(parts.backward(logits, batch));
    if (step == 0) {
      numbers.gradient_norms = parts.gradient_norms();
    }
    parts.update(static_cast<std::int64_t>(step));
  }
  numbers.logits_after = parts.logits(batches.front());
  numbers.parameter_norms_after = parts.parameter_norms();
  return numbers;
}

void expect_parity_of_packed(const nlohmann::json& run,
                             const ModelConfig& config,
                             const ModelWeights& weights,
                             const std::vector<PackedBatch>& batches,
                             Tolerance tolerance) {
  const ParitySettings settings = parity_settings(run);
  const ParityNumbers expected = expected_numbers(run);
  if (settings.is_double) {
    std::cout << "  packed, float64:\n";
    expect_parity(train_by_packed_parts(settings, config, weights, batches), expected, tolerance);
    return;
  }
  for (const char* const unit : packed::test::vector_units) {
    if (packed::kernels_named(unit) == nullptr) {
      continue;  // of another processor
    }
    SCOPED_TRACE(unit);
    std::cout << "  packed, " << unit << ":\n";
    expect_parity(
        train_by_packed_learner(settings, config, weights, batches, unit), expected, tolerance);
  }
}

}  // namespace tarama::test
