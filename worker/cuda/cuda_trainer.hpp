// The trainer by the packed learner on a GPU.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tarama {

/// Opens the first device that CUDA_VISIBLE_DEVICES leaves, compiles the kernels for it where that
/// was never done, and holds it against the processor (cuda/self_check.hpp). An error, for a
/// person, where it cannot be used.
[[nodiscard]] Result<std::unique_ptr<Trainer>> make_cuda_trainer();

/// What the first of these devices that can be opened computes wrong; nullopt: nothing, or none
/// could be asked, since they are full or another's.
[[nodiscard]] std::optional<std::string> cuda_fault();

/// The CUDA devices that NVIDIA's driver sees.
[[nodiscard]] std::int64_t cuda_devices_of_driver();

/// What compiles the kernels on this machine, for a person; an error where nothing does, or where
/// nothing multiplies their matrices.
[[nodiscard]] Result<std::string> cuda_kernel_compiler();

namespace cuda {

class Device;

/// On a device of its own, which tests may choose.
[[nodiscard]] std::unique_ptr<Trainer> make_trainer_on(std::unique_ptr<Device> device);

}  // namespace cuda
}  // namespace tarama
