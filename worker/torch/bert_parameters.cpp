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

namespace tarama::torch_trainer {
BertParameters make_parameters(const ModelConfig& config,
                               const ModelWeights& weights,
                               const std::string& device,
                               FloatType type) {
  const auto options = at::TensorOptions()
                           .device(c10::Device(device))
                           .dtype(type == FloatType::float32 ? at::kFloat : at::kDouble);
  BertParameters parameters;
  for (const auto& [name, shape] : parameter_shapes(config)) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      throw std::invalid_argument(fmt::format("its weights have no parameter '{}'", name));
    }
    at::Tensor tensor = at::empty(shape, options);
    copy_into(tensor, found->second);
    tensor.requires_grad_(true);
    parameters.index.emplace(name, parameters.names.size());
    parameters.names.push_back(name);
    parameters.tensors.push_back(tensor);
  }
  return parameters;
}

bool is_spared_from_decay(const std::string& name) {
  // Megatron-BERT calls its LayerNorms `ln`.
  return name.ends_with(".bias") || name.ends_with("LayerNorm.weight") ||
         name.ends_with(".ln.weight");
}

const at::Tensor& tensor_named(const BertParameters& parameters, const std::string& name) {
  const auto found = parameters.index.find(name);
  TARAMA_ASSERT(found != parameters.index.end(), "the model asks only for parameters it has");
  return parameters.tensors[found->second];
}

NamedArray to_array(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  NamedArray array;
  array.shape = host.sizes().vec();
  const float* const values = host.const_data_ptr<float>();
  array.values.assign(values, values + host.numel());
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
