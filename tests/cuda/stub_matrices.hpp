// Products of matrices as cuBLASLt lays them, by columns: element (i, j) is values[i + j * ld].
#pragma once

#include "worker/cuda/kernels/portable.hpp"

#include <cstdint>

namespace tarama::cuda::test {

struct Layout {
  int type;
  std::uint64_t rows;
  std::uint64_t columns;
  std::int64_t ld;
};

struct Description {
  int a_transposed = 0;
  int b_transposed = 0;
};

[[nodiscard]] inline float element(const void* values,
                                   const Layout& layout,
                                   std::uint64_t i,
                                   std::uint64_t j) {
  const auto at = i + j * static_cast<std::uint64_t>(layout.ld);
  return layout.type == 0 ? static_cast<const float*>(values)[at]
                          : widened(static_cast<const BFloat16*>(values)[at]);
}

inline void set_element(
    void* values, const Layout& layout, std::uint64_t i, std::uint64_t j, float x) {
  const auto at = i + j * static_cast<std::uint64_t>(layout.ld);
  if (layout.type == 0) {
    static_cast<float*>(values)[at] = x;
  } else {
    static_cast<BFloat16*>(values)[at] = rounded<BFloat16>(x);
  }
}

[[nodiscard]] inline bool fit(const Description& how,
                              const Layout& a,
                              const Layout& b,
                              const Layout& d) {
  const std::uint64_t m = how.a_transposed != 0 ? a.columns : a.rows;
  const std::uint64_t k = how.a_transposed != 0 ? a.rows : a.columns;
  const std::uint64_t of_b = how.b_transposed != 0 ? b.columns : b.rows;
  const std::uint64_t n = how.b_transposed != 0 ? b.rows : b.columns;
  const auto is_wide = [](const Layout& layout) {
    return layout.ld >= static_cast<std::int64_t>(layout.rows);
  };
  return k == of_b && d.rows == m && d.columns == n && is_wide(a) && is_wide(b) && is_wide(d);
}

inline void multiply(const Description& how,
                     const void* a,
                     const Layout& of_a,
                     const void* b,
                     const Layout& of_b,
                     float beta,
                     void* d,
                     const Layout& of_d) {
  const std::uint64_t depth = how.a_transposed != 0 ? of_a.rows : of_a.columns;
  for (std::uint64_t j = 0; j < of_d.columns; ++j) {
    for (std::uint64_t i = 0; i < of_d.rows; ++i) {
      float sum = 0;
      for (std::uint64_t p = 0; p < depth; ++p) {
        sum += (how.a_transposed != 0 ? element(a, of_a, p, i) : element(a, of_a, i, p)) *
               (how.b_transposed != 0 ? element(b, of_b, j, p) : element(b, of_b, p, j));
      }
      set_element(d, of_d, i, j, beta == 0 ? sum : sum + beta * element(d, of_d, i, j));
    }
  }
}

}  // namespace tarama::cuda::test
