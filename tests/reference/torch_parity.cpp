// Model, optimizer and loss as the torch learner puts them together.
#include "tests/reference/torch_parity.hpp"

#include "core/training/classification_metrics.hpp"
#include "worker/torch/bert_adam.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/torch/padded_batch.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace tarama::test {
namespace {

using torch_trainer::BertAdamGroup;
using torch_trainer::BertParameters;
using torch_trainer::FloatType;
using torch_trainer::PaddedBatch;

std::vector<double> flat_values(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
  const double* const first = values.const_data_ptr<double>();
  return {first, first + values.numel()};
}

double norm_of(const at::Tensor& tensor) {
  return tensor.detach().to(at::kDouble).norm().item<double>();
}

BertAdamGroup make_group(const ParitySettings& settings, double weight_decay) {
  BertAdamGroup group;
  group.options.lr = settings.lr;
  group.options.lr_factor = [schedule = settings.schedule](std::int64_t updates) {
    return lr_factor(schedule, updates);
  };
  group.options.weight_decay = weight_decay;
  group.options.max_grad_norm = settings.max_grad_norm;
  return group;
}

}  // namespace

ParityNumbers train_by_torch(const ParitySettings& settings,
                             const ModelConfig& config,
                             const ModelWeights& weights,
                             const std::vector<training::PackedBatch>& batches) {
  at::set_num_threads(1);
  const BertParameters parameters = torch_trainer::make_parameters(
      config, weights, "cpu", settings.is_double ? FloatType::float64 : FloatType::float32);
  BertAdamGroup decayed = make_group(settings, settings.weight_decay);
  BertAdamGroup spared = make_group(settings, 0);
  for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
    torch_trainer::add_parameter(is_decayed(parameters.specs[i].role) ? decayed : spared,
                                 parameters.tensors[i]);
  }
  const auto logits_of = [&](const PaddedBatch& batch) {
    return torch_trainer::logits_of(parameters, config, batch, {});
  };

  ParityNumbers numbers;
  const PaddedBatch first = torch_trainer::pad(batches.front());
  numbers.logits_before = flat_values(logits_of(first));
  for (std::size_t step = 0; step < settings.steps; ++step) {
    const PaddedBatch batch = torch_trainer::pad(batches.at(step));
    for (const at::Tensor& parameter : parameters.tensors) {
      parameter.mutable_grad() = at::Tensor();
    }
    const at::Tensor logits = logits_of(batch);
    const at::Tensor loss = torch_trainer::loss_of(logits, batch);
    const NamedArray scores = torch_trainer::to_array(logits);
    numbers.losses.push_back(loss.item<double>());
    numbers.flat_accuracies.push_back(
        flat_accuracy(likeliest_classes(scores.values, config.classes), batches[step].labels));
    numbers.leads.push_back(leads_of(flat_values(logits), config.classes));
    loss.backward();
    for (std::size_t i = 0; step == 0 && i < parameters.specs.size(); ++i) {
      numbers.gradient_norms[parameters.specs[i].name] = norm_of(parameters.tensors[i].grad());
    }
    torch_trainer::step(decayed);
    torch_trainer::step(spared);
  }
  numbers.logits_after = flat_values(logits_of(first));
  for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
    numbers.parameter_norms_after[parameters.specs[i].name] = norm_of(parameters.tensors[i]);
  }
  return numbers;
}

}  // namespace tarama::test
