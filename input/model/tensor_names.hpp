// What files call a tensor, and what the model calls it: wrappers of trainers put words in front
// of names, which are taken off. Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "input/model/safetensors.hpp"

#include <string>
#include <string_view>

namespace tarama::input {

/// Without what DistributedDataParallel, torch.compile, FSDP and classes that hold the model put
/// into names: "module.", "_orig_mod.", "model.".
[[nodiscard]] std::string name_in_model(std::string_view name_in_file);

/// The tensors by their names in the model. Two of one name are an error that names both.
[[nodiscard]] Result<StoredTensors> named_as_in_model(StoredTensors tensors);

}  // namespace tarama::input
