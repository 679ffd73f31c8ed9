// The parameters of a BERT classifier as tensors, and the way there and back from plain arrays.
#pragma once

#include "core/training/architecture.hpp"
#include "core/training/model_config.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace at {
class Tensor;
}

namespace tarama::torch_trainer {

enum class FloatType { float32, float64 };  // float64: to be held against references

/// In the order of parameters_of. The tensors are leaves that ask for a gradient.
struct BertParameters {
  std::vector<Parameter> specs;
  std::vector<at::Tensor> tensors;
};

/// `device` is LibTorch's name of one: "cpu", "cuda:0". `weights` must hold every parameter of
/// `config` in its shape. Throws c10::Error, and std::invalid_argument if one is missing or has
/// another shape.
[[nodiscard]] BertParameters make_parameters(const ModelConfig& config,
                                             const ModelWeights& weights,
                                             const std::string& device,
                                             FloatType type);

/// The one of `role` in a module; `layer` is 0 outside of layers.
[[nodiscard]] const at::Tensor& tensor_of(const BertParameters& parameters,
                                          Module module,
                                          std::int64_t layer,
                                          Role role);

/// A copy in float32 on the host.
[[nodiscard]] NamedArray to_array(const at::Tensor& tensor);

/// Overwrites the tensor's values. Throws std::invalid_argument if the shape differs.
void copy_into(at::Tensor& tensor, const NamedArray& array);

}  // namespace tarama::torch_trainer
