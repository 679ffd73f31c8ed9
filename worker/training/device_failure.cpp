// The phrases of CUDA and its libraries, as LibTorch passes them on.
#include "worker/training/device_failure.hpp"

#include <algorithm>
#include <array>

namespace tarama::training {
namespace {

constexpr std::array<std::string_view, 6> words_for_memory = {
    "DefaultCPUAllocator",  // LibTorch has no type of its own for a full host
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "cudaErrorMemoryAllocation",
};

constexpr std::array<std::string_view, 7> words_for_devices = {
    "CUDA error",
    "CUDA driver error",
    "CUBLAS_STATUS_",
    "CUDNN_STATUS_",
    "cuDNN error",
    "sees no CUDA device",  // torch_trainer.cpp: the driver does not answer
    "Unexpected error from cudaGetDeviceCount",
};

template <std::size_t count>
bool has_any_of(std::string_view what, const std::array<std::string_view, count>& words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return what.find(word) != std::string_view::npos; });
}

}  // namespace

std::optional<FailureClass> device_failure_in(std::string_view what) {
  if (has_any_of(what, words_for_memory)) {
    return FailureClass::out_of_memory;
  }
  return has_any_of(what, words_for_devices) ? std::optional(FailureClass::device_error)
                                             : std::nullopt;
}

}  // namespace tarama::training
