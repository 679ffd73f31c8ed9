// Kernels and products on the host, as plain C++.
#pragma once

#include "worker/cuda/device/device.hpp"

namespace tarama::cuda::test {

/// Runs every block of the grid, and every block's threads, in the order given. `host_distance`
/// says where the addresses in its arguments lie.
void run_kernel(const Launch& launch, ThreadOrder order);

/// Of a kernel's arguments.
[[nodiscard]] std::size_t args_bytes_of(KernelId kernel);

void run_product(const MatrixProduct& product);

/// Kernel by kernel with arrays of the host, for tests of kernels.
template <class Kernel>
void run_on_host(const Grid& grid, const typename Kernel::Args& args, ThreadOrder order) {
  run_kernel({.kernel = KernelIdOf<Kernel>::value,
              .blocks_x = grid.blocks_x,
              .blocks_y = grid.blocks_y,
              .threads = grid.threads,
              .args = &args,
              .args_bytes = sizeof(args)},
             order);
}

}  // namespace tarama::cuda::test
