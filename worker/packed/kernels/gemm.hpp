// Products of matrices: panels of B that are `panel` columns wide and packed once, six rows of A
// from where they lie, and a tile of the result that stays in registers.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/kernels/vector.hpp"

namespace tarama::packed::TARAMA_UNIT {

// 6 x 4 vectors fill 24 of AVX-512's 32 registers, 6 x 2 12 of AVX2's 16; the rest hold B and A.
constexpr int tile_rows = 6;
constexpr int tile_vectors = TARAMA_VECTOR_BYTES == 64 ? 4 : 2;

template <class Real>
inline constexpr std::int64_t panel = tile_vectors* lanes_of<Real>;

// Rows of B at a time: a panel of them (128 KiB with AVX-512) stays in L2 while A goes by.
constexpr std::int64_t most_depth = 512;

TARAMA_INLINE std::int64_t round_up(std::int64_t n, std::int64_t to) {
  return (n + to - 1) / to * to;
}

template <class Real>
std::int64_t packed_elements(std::int64_t k, std::int64_t n) {
  return k * round_up(n, panel<Real>);
}

/// The square of `lanes` x `lanes` with rows for columns: log2(lanes) times, halves are
/// interleaved.
template <class Real>
TARAMA_INLINE void turn(Vector<Real, lanes_of<Real>> (&rows)[lanes_of<Real>]) {
  constexpr int lanes = lanes_of<Real>;
  Integers<Real, lanes> low;
  for (int i = 0; i < lanes; ++i) {
    low[i] = i / 2 + (i % 2) * lanes;
  }
  const Integers<Real, lanes> high = low + lanes / 2;
  for (int stage = 1; stage < lanes; stage *= 2) {
    Vector<Real, lanes> next[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes / 2; ++i) {
      next[2 * i] = __builtin_shuffle(rows[i], rows[i + lanes / 2], low);
      next[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + lanes / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) {
      rows[i] = next[i];
    }
  }
}

/// to[j * to_stride + i] = from[i * from_stride + j], i below `rows`, j below `columns`.
template <class Real>
TARAMA_INLINE void transpose(const Real* from,
                             std::int64_t from_stride,
                             std::int64_t rows,
                             std::int64_t columns,
                             Real* to,
                             std::int64_t to_stride) {
  constexpr int lanes = lanes_of<Real>;
  std::int64_t i = 0;
  for (; i + lanes <= rows; i += lanes) {
    std::int64_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
      Vector<Real, lanes> square[lanes];
#pragma GCC unroll 16
      for (int q = 0; q < lanes; ++q) {
        square[q] = load<lanes>(from + (i + q) * from_stride + j);
      }
      turn<Real>(square);
#pragma GCC unroll 16
      for (int q = 0; q < lanes; ++q) {
        store<lanes>(to + (j + q) * to_stride + i, square[q]);
      }
    }
    for (; j < columns; ++j) {
      for (int q = 0; q < lanes; ++q) {
        to[j * to_stride + i + q] = from[(i + q) * from_stride + j];
      }
    }
  }
  for (; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      to[j * to_stride + i] = from[i * from_stride + j];
    }
  }
}

/// Zeros behind the first `width` elements of each line.
template <class Real>
TARAMA_INLINE void clear_behind(std::int64_t width,
                                std::int64_t lines,
                                std::int64_t stride,
                                Real* to) {
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t i = width; i < stride; ++i) {
      to[line * stride + i] = 0;
    }
  }
}

/// Panel after panel; within a panel the k rows of its columns, and 0 behind the last column.
template <class Real>
void pack(const Strided<Real>& b, std::int64_t k, std::int64_t n, Real* packed) {
  constexpr std::int64_t width = panel<Real>;
  for (std::int64_t column = 0; column < n; column += width) {
    const Real* const from = b.values + column * b.column_stride;
    const std::int64_t columns = smaller(width, n - column);
    Real* const to = packed + column * k;
    if (b.column_stride == 1) {
      for (std::int64_t row = 0; row < k; ++row) {
        for_each<Real>(columns, [&](auto vector, std::int64_t i) {
          constexpr int lanes = decltype(vector)::value;
          store<lanes>(to + row * width + i, load<lanes>(from + row * b.row_stride + i));
        });
      }
    } else {
      transpose(from, b.column_stride, columns, k, to, width);
    }
    clear_behind(columns, k, width, to);
  }
}

/// What becomes of a tile.
template <class Real>
struct TileTarget {
  Real* c = nullptr;
  std::int64_t stride = 0;
  const Real* bias = nullptr;
  bool adds_to_c = false;
};

/// [rows, vectors * lanes] of A B; A where it lies, B as lines `b_stride` apart.
template <class Real, int rows, int vectors>
TARAMA_INLINE void multiply_tile(std::int64_t depth,
                                 const Real* a,
                                 std::int64_t a_row_stride,
                                 std::int64_t a_stride,
                                 const Real* b,
                                 std::int64_t b_stride,
                                 const TileTarget<Real>& target) {
  constexpr int lanes = lanes_of<Real>;
  using V = Vector<Real, lanes>;
  V sums[rows][vectors];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      sums[i][j] = V{};
    }
  }
  for (std::int64_t p = 0; p < depth; ++p) {
    V line[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      line[j] = load<lanes>(b + j * lanes);
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const V factor = all<lanes>(a[i * a_row_stride]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        sums[i][j] += factor * line[j];
      }
    }
    a += a_stride;
    b += b_stride;
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      Real* const c = target.c + i * target.stride + j * lanes;
      V sum = sums[i][j];
      if (target.bias != nullptr) {
        sum += load<lanes>(target.bias + j * lanes);
      }
      if (target.adds_to_c) {
        sum += load<lanes>(c);
      }
      store<lanes>(c, sum);
    }
  }
}

/// A tile of 1 to 6 rows. `whole`: as wide as a panel.
template <class Real, int rows>
[[gnu::noinline]] void whole_tile(std::int64_t depth,
                                  const Strided<Real>& a,
                                  const Real* b,
                                  const TileTarget<Real>& target) {
  multiply_tile<Real, rows, tile_vectors>(
      depth, a.values, a.row_stride, a.column_stride, b, panel<Real>, target);
}

template <class Real>
TARAMA_INLINE void whole_tile_of(std::int64_t rows,
                                 std::int64_t depth,
                                 const Strided<Real>& a,
                                 const Real* b,
                                 const TileTarget<Real>& target) {
  switch (rows) {
    case 1:
      return whole_tile<Real, 1>(depth, a, b, target);
    case 2:
      return whole_tile<Real, 2>(depth, a, b, target);
    case 3:
      return whole_tile<Real, 3>(depth, a, b, target);
    case 4:
      return whole_tile<Real, 4>(depth, a, b, target);
    case 5:
      return whole_tile<Real, 5>(depth, a, b, target);
    default:
      return whole_tile<Real, tile_rows>(depth, a, b, target);
  }
}

/// The last panel's columns may be fewer: their tile is made apart.
template <class Real>
void part_tile(std::int64_t rows,
               std::int64_t depth,
               const Strided<Real>& a,
               const Real* b,
               std::int64_t columns,
               const TileTarget<Real>& target) {
  constexpr std::int64_t width = panel<Real>;
  Real tile[tile_rows * width];
  whole_tile_of<Real>(
      rows, depth, a, b, {.c = tile, .stride = width, .bias = nullptr, .adds_to_c = false});
  for (std::int64_t i = 0; i < rows; ++i) {
    Real* const c = target.c + i * target.stride;
    for (std::int64_t j = 0; j < columns; ++j) {
      Real sum = tile[i * width + j];
      if (target.bias != nullptr) {
        sum += target.bias[j];
      }
      c[j] = target.adds_to_c ? c[j] + sum : sum;
    }
  }
}

/// A panel's columns of the product, of B's rows first .. first + depth - 1.
template <class Real>
void multiply_panel(const Product<Real>& product,
                    std::int64_t column,
                    std::int64_t first,
                    std::int64_t depth) {
  constexpr std::int64_t width = panel<Real>;
  const Real* const b = product.b + column * product.k + first * width;
  const std::int64_t columns = smaller(width, product.n - column);
  for (std::int64_t row = 0; row < product.m; row += tile_rows) {
    const std::int64_t rows = smaller(tile_rows, product.m - row);
    const Strided<Real> a{
        product.a.values + row * product.a.row_stride + first * product.a.column_stride,
        product.a.row_stride,
        product.a.column_stride};
    const TileTarget<Real> target{
        .c = product.c + row * product.c_stride + column,
        .stride = product.c_stride,
        .bias = product.bias != nullptr && first == 0 ? product.bias + column : nullptr,
        .adds_to_c = product.adds_to_c || first > 0};
    if (columns == width) {
      whole_tile_of<Real>(rows, depth, a, b, target);
    } else {
      part_tile<Real>(rows, depth, a, b, columns, target);
    }
  }
}

template <class Real>
void multiply(const Product<Real>& product) {
  for (std::int64_t first = 0; first < product.k; first += most_depth) {
    const std::int64_t depth = smaller(most_depth, product.k - first);
    for (std::int64_t column = 0; column < product.n; column += panel<Real>) {
      multiply_panel(product, column, first, depth);
    }
  }
}

}  // namespace tarama::packed::TARAMA_UNIT
