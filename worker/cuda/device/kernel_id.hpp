// Each kernel's number and name, and the type that it runs.
#pragma once

#include "worker/cuda/kernels/kernel_list.hpp"

#include <cstddef>

namespace tarama::cuda {

#define TARAMA_CUDA_NAME(name, ...) name,
enum class KernelId : int { TARAMA_CUDA_KERNELS(TARAMA_CUDA_NAME) };
#undef TARAMA_CUDA_NAME

#define TARAMA_CUDA_NAME(name, ...) #name,
/// As the compiled code names them, in the order of KernelId.
inline constexpr const char* kernel_names[] = {TARAMA_CUDA_KERNELS(TARAMA_CUDA_NAME)};
#undef TARAMA_CUDA_NAME

inline constexpr std::size_t kernel_count = sizeof(kernel_names) / sizeof(kernel_names[0]);

// What every generation has without asking for more; and whole warps, which sums are made over.
#define TARAMA_CUDA_NAME(name, ...)                                                       \
  static_assert(                                                                          \
      sizeof(__VA_ARGS__::Shared) + most_warps * sizeof(float) <= std::size_t{48} * 1024, \
      "a block's own memory");                                                            \
  static_assert(__VA_ARGS__::most_threads % threads_of_warp == 0 &&                       \
                __VA_ARGS__::most_threads <= most_warps * threads_of_warp);
TARAMA_CUDA_KERNELS(TARAMA_CUDA_NAME)
#undef TARAMA_CUDA_NAME

template <class Kernel>
struct KernelIdOf;

#define TARAMA_CUDA_NAME(name, ...)                   \
  template <>                                         \
  struct KernelIdOf<__VA_ARGS__> {                    \
    static constexpr KernelId value = KernelId::name; \
  };
TARAMA_CUDA_KERNELS(TARAMA_CUDA_NAME)
#undef TARAMA_CUDA_NAME

}  // namespace tarama::cuda
