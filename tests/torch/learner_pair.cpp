// The two ways to a gradient.
#include "tests/torch/learner_pair.hpp"

#include "tests/support/packed_pass.hpp"
#include "tests/support/worse_of.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/padded_batch.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>

namespace tarama::test {
namespace {

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
  PackedPass<Real> pass(made_up, kernels);
  Gradients result;
  result.loss = pass.loss();
  const std::vector<Real> gradients = pass.gradients();
  for (const packed::Slot& slot : pass.plan().slots) {
    result.of.emplace(slot.parameter.name, whole_gradient(pass.plan(), slot, gradients.data()));
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
      worst = worse_of(worst, std::abs(others.at(i) - values[i]) / scale);
    }
  }
  return worst;
}

}  // namespace tarama::test
