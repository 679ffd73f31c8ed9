// A device of which one allocation fails, once: as where memory is short.
#pragma once

#include "tests/gpu/passing_device.hpp"

namespace tarama::gpu_check {

class NarrowDevice final : public PassingDevice {
 public:
  /// The allocation behind so many.
  NarrowDevice(cuda::Device& device, std::int64_t successes)
      : PassingDevice(device), successes_(successes) {}

  [[nodiscard]] cuda::Address allocate(std::int64_t bytes) override {
    if (successes_-- == 0) {
      throw cuda::OutOfDeviceMemory("CUDA error: out of memory: it was asked for");
    }
    return PassingDevice::allocate(bytes);
  }

 private:
  std::int64_t successes_;
};

}  // namespace tarama::gpu_check
