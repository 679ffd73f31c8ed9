// What torch.save wrote (pytorch_model.bin): the tensors of a state dict, each with its place in
// the file. The zip archive of torch 1.6 and newer, and the stream of pickles before it. Nothing in
// the file is executed: see pickle.hpp.
#pragma once

#include "core/sweep/result.hpp"
#include "input/model/safetensors.hpp"

#include <filesystem>

namespace tarama::input {

/// The tensors of the state dict, also of one that a dict holds under "state_dict", "model" or
/// "module". Refuses storages that are missing or shorter than their tensors. The message begins
/// with the file's name.
[[nodiscard]] Result<StoredTensors> read_torch_file(const std::filesystem::path& path);

}  // namespace tarama::input
