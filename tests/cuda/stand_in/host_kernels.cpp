// See host_kernels.hpp.
#include "tests/cuda/stand_in/host_kernels.hpp"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace tarama::cuda::test {
namespace {

template <class Kernel>
void run_grid(const Launch& launch, ThreadOrder order) {
  if (launch.args_bytes != sizeof(typename Kernel::Args) || launch.threads <= 0 ||
      launch.threads > Kernel::most_threads || launch.threads % threads_of_warp != 0) {
    throw DeviceError(std::string("CUDA error: invalid argument: launch of ") +
                      kernel_names[static_cast<std::size_t>(launch.kernel)]);
  }
  typename Kernel::Args args;
  std::memcpy(&args, launch.args, sizeof(args));
  const auto shared = std::make_unique<typename Kernel::Shared>();
  const Int32 blocks = launch.blocks_x * launch.blocks_y;
  for (Int32 i = 0; i < blocks; ++i) {
    const Int32 number = order == ThreadOrder::forwards ? i : blocks - 1 - i;
    std::memset(static_cast<void*>(shared.get()), 0xFF, sizeof(*shared));  // not a number
    Block<typename Kernel::Local> block(
        {number % launch.blocks_x, number / launch.blocks_x, launch.blocks_x},
        launch.threads,
        order);
    Kernel::run(args, *shared, block);
  }
}

/// The elements of a factor as [rows, columns], whichever way it lies.
std::vector<float> rows_of(const Factor& factor,
                           NumberType type,
                           std::int64_t rows,
                           std::int64_t columns) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(rows * columns));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const std::int64_t at =
          factor.is_transposed ? column * factor.stride + row : row * factor.stride + column;
      values.push_back(type == NumberType::float32
                           ? Ptr<const float>(factor.values)[at]
                           : widened(Ptr<const BFloat16>(factor.values)[at]));
    }
  }
  return values;
}

}  // namespace

void run_kernel(const Launch& launch, ThreadOrder order) {
  using Runner = void (*)(const Launch&, ThreadOrder);
#define TARAMA_CUDA_RUNNER(name, ...) run_grid<__VA_ARGS__>,
  static constexpr Runner runners[] = {TARAMA_CUDA_KERNELS(TARAMA_CUDA_RUNNER)};
#undef TARAMA_CUDA_RUNNER
  runners[static_cast<std::size_t>(launch.kernel)](launch, order);
}

std::size_t args_bytes_of(KernelId kernel) {
#define TARAMA_CUDA_BYTES(name, ...) sizeof(__VA_ARGS__::Args),
  static constexpr std::size_t bytes[] = {TARAMA_CUDA_KERNELS(TARAMA_CUDA_BYTES)};
#undef TARAMA_CUDA_BYTES
  return bytes[static_cast<std::size_t>(kernel)];
}

void run_product(const MatrixProduct& product) {
  const auto [m, n, k] = std::tuple(product.m, product.n, product.k);
  const std::vector<float> a = rows_of(product.a, product.factors, m, k);
  const std::vector<float> b = rows_of(product.b, product.factors, k, n);
  std::vector<float> row(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < m; ++i) {
    row.assign(row.size(), 0);
    for (std::int64_t p = 0; p < k; ++p) {
      const float factor = a[static_cast<std::size_t>(i * k + p)];
      for (std::int64_t j = 0; j < n; ++j) {
        row[static_cast<std::size_t>(j)] += factor * b[static_cast<std::size_t>(p * n + j)];
      }
    }
    for (std::int64_t j = 0; j < n; ++j) {
      const std::int64_t at = i * product.c_stride + j;
      const float sum = row[static_cast<std::size_t>(j)];
      if (product.result == NumberType::float32) {
        float& c = Ptr<float>(product.c)[at];
        c = product.adds_to_c ? c + sum : sum;
      } else {
        BFloat16& c = Ptr<BFloat16>(product.c)[at];
        c = rounded<BFloat16>(product.adds_to_c ? widened(c) + sum : sum);
      }
    }
  }
}

}  // namespace tarama::cuda::test
