// The kernels for processors with AVX-512 (F, VL, BW, DQ).
#include "worker/packed/kernels/units.hpp"

#if defined(__x86_64__)

#include <cmath>
#include <cstdint>
#include <immintrin.h>
#include <limits>
#include <string_view>

#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")
#define TARAMA_UNIT avx512
#define TARAMA_VECTOR_BYTES 64
#include "worker/packed/kernels/unit.hpp"

namespace tarama::packed {

const KernelTable<float>* avx512_kernels() {
  static const KernelTable<float> table = avx512::make_table<float>("avx512");
  return &table;
}

}  // namespace tarama::packed

#endif
