// Parameters as tensors, from weights or from the seed, and back.
#include "worker/torch/bert_parameters.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace tarama::torch_trainer {
BertParameters make_parameters(const ModelConfig& config,
                               const ModelWeights& weights,
                               const std::string& device,
                               FloatType type) {
  const auto options = at::TensorOptions()
                           .device(c10::Device(device))
                           .dtype(type == FloatType::float32 ? at::kFloat : at::kDouble);
  BertParameters parameters;
  for (Parameter& spec : parameters_of(config)) {
    const auto found = weights.find(spec.name);
    if (found == weights.end()) {
      throw std::invalid_argument(fmt::format("its weights have no parameter '{}'", spec.name));
    }
    at::Tensor tensor = at::empty(spec.shape, options);
    copy_into(tensor, found->second);
    tensor.requires_grad_(true);
    parameters.specs.push_back(std::move(spec));
    parameters.tensors.push_back(tensor);
  }
  return parameters;
}

const at::Tensor& tensor_of(const BertParameters& parameters,
                            Module module,
                            std::int64_t layer,
                            Role role) {
  const auto found = std::ranges::find_if(parameters.specs, [&](const Parameter& spec) {
    return spec.module == module && spec.layer == layer && spec.role == role;
  });
  TARAMA_ASSERT(found != parameters.specs.end(), "the model asks only for parameters it has");
  return parameters.tensors[static_cast<std::size_t>(found - parameters.specs.begin())];
}

NamedArray to_array(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  NamedArray array;
  array.shape = host.sizes().vec();
  const float* const values = host.const_data_ptr<float>();
  array.values = std::vector<float>(values, values + host.numel());
  return array;
}

void copy_into(at::Tensor& tensor, const NamedArray& array) {
  const bool fits = tensor.sizes() == at::IntArrayRef(array.shape) &&
                    tensor.numel() == static_cast<std::int64_t>(array.values.size());
  if (!fits) {
    throw std::invalid_argument(
        fmt::format("an array of shape [{}] with {} values was given "
                    "where [{}] was expected",
                    fmt::join(array.shape, ", "),
                    array.values.size(),
                    fmt::join(tensor.sizes().vec(), ", ")));
  }
  const c10::NoGradGuard no_grad;
  // from_blob takes no pointer to const; copy_ only reads.
  float* const values = const_cast<float*>(array.values.data());
  tensor.copy_(at::from_blob(values, array.shape, at::kFloat));
}

}  // namespace tarama::torch_trainer
