// The parameters of a BERT classifier as tensors, and the way there and back from plain arrays.
#pragma once

#include "core/training/model_config.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace at {
class Tensor;
}

namespace tarama::torch_trainer {

enum class FloatType { float32, float64 };  // float64: to be held against references

/// In the order of parameter_shapes. The tensors are leaves that ask for a gradient.
struct BertParameters {
  std::vector<std::string> names;
  std::vector<at::Tensor> tensors;
  std::unordered_map<std::string, std::size_t> index;  // of a name in the other two
};

/// `device` is LibTorch's name of one: "cpu", "cuda:0". `weights` must hold every parameter of
/// `config` in its shape. Throws c10::Error, and std::invalid_argument if one is missing or has
/// another shape.
[[nodiscard]] BertParameters make_parameters(const ModelConfig& config,
                                             const ModelWeights& weights,
                                             const std::string& device,
                                             FloatType type);

/// Whether weight decay spares the parameter: biases, and both parameters of every LayerNorm.
[[nodiscard]] bool is_spared_from_decay(const std::string& name);

[[nodiscard]] const at::Tensor& tensor_named(const BertParameters& parameters,
                                             const std::string& name);

/// A copy in float32 on the host.
[[nodiscard]] NamedArray to_array(const at::Tensor& tensor);

/// Overwrites the tensor's values. Throws std::invalid_argument if the shape differs.
void copy_into(at::Tensor& tensor, const NamedArray& array);

}  // namespace tarama::torch_trainer
