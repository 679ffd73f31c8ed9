// A GPU behind the device seam: NVIDIA's driver, NVRTC and cuBLASLt, all of them opened at run
// time.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/cuda/device/device.hpp"

#include <memory>

namespace tarama::cuda {

/// The device number `ordinal` of those that CUDA_VISIBLE_DEVICES leaves; kernels are compiled for
/// it, or taken from the cache. An error, for a person, says what is missing, and what to do.
[[nodiscard]] Result<std::unique_ptr<Device>> make_cuda_device(int ordinal);

/// How many there are; 0 without a driver.
[[nodiscard]] int count_cuda_devices();

}  // namespace tarama::cuda
