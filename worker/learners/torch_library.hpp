// libtarama-torch.so, loaded at first need. Any thread.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/torch/torch_module.hpp"

namespace tarama {

/// Whether the library lies where it is looked for: beside this program, or in ../lib.
[[nodiscard]] bool has_torch_library();

/// Loads it, and with it LibTorch. An error, for a person, where it is missing, cannot be loaded,
/// or is of another build.
[[nodiscard]] Result<const TorchModule*> load_torch_library();

/// Whether NVIDIA's driver is there; without it no LibTorch sees a CUDA device.
[[nodiscard]] bool has_cuda_driver();

}  // namespace tarama
