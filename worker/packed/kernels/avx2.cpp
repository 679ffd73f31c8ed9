// The kernels for processors with AVX2 and FMA.
#include "worker/packed/kernels/units.hpp"

#if defined(__x86_64__)

#include <cmath>
#include <cstdint>
#include <immintrin.h>
#include <limits>
#include <string_view>

#pragma GCC target("avx2,fma")
#define TARAMA_UNIT avx2
#define TARAMA_VECTOR_BYTES 32
#include "worker/packed/kernels/unit.hpp"

namespace tarama::packed {

const KernelTable<float>* avx2_kernels() {
  static const KernelTable<float> table = avx2::make_table<float>("avx2");
  return &table;
}

}  // namespace tarama::packed

#endif
