// The tables that this build has; which of them the processor can run is kernel_table.cpp's affair.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"

namespace tarama::packed {

[[nodiscard]] const KernelTable<float>* portable_kernels();

#if defined(__x86_64__)
[[nodiscard]] const KernelTable<float>* avx2_kernels();
[[nodiscard]] const KernelTable<float>* avx512_kernels();
#endif

}  // namespace tarama::packed
