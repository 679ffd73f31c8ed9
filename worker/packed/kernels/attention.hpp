// One head of one example: scores, softmax, dropout and context over the example's own square, and
// the way back. Short matrices, multiplied from where they lie.
#pragma once

#include "worker/packed/kernels/gemm.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/kernels/math.hpp"
#include "worker/packed/kernels/rows.hpp"
#include "worker/packed/kernels/vector.hpp"

namespace tarama::packed::TARAMA_UNIT {

template <class Real>
std::int64_t padded(std::int64_t keys) {
  return round_up(keys, lanes_of<Real>);
}

/// Two of [queries, keys], and one of [width, keys], padded.
template <class Real>
std::int64_t head_scratch(std::int64_t queries, std::int64_t keys, std::int64_t width) {
  return (2 * queries + padded<Real>(width)) * padded<Real>(keys);
}

/// C [m, n] = A [m, k] B [k, n], B by rows `b_stride` apart, of which whole vectors may be read.
template <class Real, int rows>
TARAMA_INLINE void multiply_rows(const Strided<Real>& a,
                                 std::int64_t k,
                                 const Real* b,
                                 std::int64_t b_stride,
                                 std::int64_t n,
                                 Real* c,
                                 std::int64_t c_stride) {
  constexpr int lanes = lanes_of<Real>;
  const auto target = [&](std::int64_t column) {
    return TileTarget<Real>{
        .c = c + column, .stride = c_stride, .bias = nullptr, .adds_to_c = false};
  };
  std::int64_t column = 0;
  for (; column + 2 * lanes <= n; column += 2 * lanes) {
    multiply_tile<Real, rows, 2>(
        k, a.values, a.row_stride, a.column_stride, b + column, b_stride, target(column));
  }
  for (; column + lanes <= n; column += lanes) {
    multiply_tile<Real, rows, 1>(
        k, a.values, a.row_stride, a.column_stride, b + column, b_stride, target(column));
  }
  for (; column < n; ++column) {
    for (std::int64_t i = 0; i < rows; ++i) {
      Real sum = 0;
      for (std::int64_t p = 0; p < k; ++p) {
        sum += a.values[i * a.row_stride + p * a.column_stride] * b[p * b_stride + column];
      }
      c[i * c_stride + column] = sum;
    }
  }
}

template <class Real>
void multiply_small(const Strided<Real>& a,
                    std::int64_t m,
                    std::int64_t k,
                    const Real* b,
                    std::int64_t b_stride,
                    std::int64_t n,
                    Real* c,
                    std::int64_t c_stride) {
  std::int64_t row = 0;
  for (; row + tile_rows <= m; row += tile_rows) {
    const Strided<Real> rows{a.values + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_rows<Real, tile_rows>(rows, k, b, b_stride, n, c + row * c_stride, c_stride);
  }
  for (; row + 2 <= m; row += 2) {
    const Strided<Real> rows{a.values + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_rows<Real, 2>(rows, k, b, b_stride, n, c + row * c_stride, c_stride);
  }
  if (row < m) {
    const Strided<Real> rows{a.values + row * a.row_stride, a.row_stride, a.column_stride};
    multiply_rows<Real, 1>(rows, k, b, b_stride, n, c + row * c_stride, c_stride);
  }
}

/// [width, padded(keys)] of rows [keys, width]; 0 behind the keys.
template <class Real>
void turn_keys(
    const Real* from, std::int64_t stride, std::int64_t keys, std::int64_t width, Real* to) {
  const std::int64_t line = padded<Real>(keys);
  transpose(from, stride, keys, width, to, line);
  clear_behind(keys, width, line, to);
}

/// Softmax of scale * row in place; 0 behind `keys`.
template <class Real>
TARAMA_INLINE void softmax_row(Real* row, std::int64_t keys, Real scale) {
  constexpr int lanes = lanes_of<Real>;
  using V = Vector<Real, lanes>;
  const std::int64_t line = padded<Real>(keys);
  // What lies behind the keys is the product with zeros; it must not count. Infinity, so that
  // scores that are all -infinity give no probabilities that look like some.
  const Real lowest = -infinity<Real>;
  for (std::int64_t i = keys; i < line; ++i) {
    row[i] = lowest;
  }
  V most = all<lanes>(lowest);
  for (std::int64_t i = 0; i < line; i += lanes) {
    const V x = load<lanes>(row + i);
    most = x > most ? x : most;
  }
  const Real largest = largest_of<Real, lanes>(most);
  V sums{};
  for (std::int64_t i = 0; i < line; i += lanes) {
    const V power = exp_of<lanes>((load<lanes>(row + i) - largest) * scale, Width<lanes>{});
    store<lanes>(row + i, power);
    sums += power;
  }
  const Real share = Real{1} / sum_of<Real, lanes>(sums);
  for (std::int64_t i = 0; i < line; i += lanes) {
    store<lanes>(row + i, load<lanes>(row + i) * share);
  }
}

/// The whole square of probabilities, dropped: [queries, padded(keys)].
template <class Real>
void drop_square(const Head<Real>& head, const Real* from, Real* to) {
  constexpr int lanes = lanes_of<Real>;
  const std::int64_t line = padded<Real>(head.keys);
  for (std::int64_t query = 0; query < head.queries; ++query) {
    for (std::int64_t i = 0; i < line; i += lanes) {
      const std::uint32_t bits = bits_at<lanes>(head.kept, query * head.kept_stride + i);
      const auto factors = keep_factors<Real, lanes>(head.keep_scale, bits);
      store<lanes>(to + query * line + i, load<lanes>(from + query * line + i) * factors);
    }
  }
}

/// Of each query the sum of [queries, padded(keys)].
template <class Real>
void sum_weights(const Head<Real>& head, const Real* weights) {
  constexpr int lanes = lanes_of<Real>;
  const std::int64_t line = padded<Real>(head.keys);
  for (std::int64_t query = 0; query < head.queries; ++query) {
    Vector<Real, lanes> sums{};
    for (std::int64_t i = 0; i < line; i += lanes) {
      sums += load<lanes>(weights + query * line + i);
    }
    head.sums[query] = sum_of<Real, lanes>(sums);
  }
}

/// To each element of a query's row what the sum of its weights is worth.
template <class Real>
void add_d_sums(const Head<Real>& head, Real* d_weights) {
  constexpr int lanes = lanes_of<Real>;
  const std::int64_t line = padded<Real>(head.keys);
  for (std::int64_t query = 0; query < head.queries; ++query) {
    const auto d_sum = all<lanes>(head.d_sums[query]);
    for (std::int64_t i = 0; i < line; i += lanes) {
      Real* const at = d_weights + query * line + i;
      store<lanes>(at, load<lanes>(at) + d_sum);
    }
  }
}

template <class Real>
void attend(const Head<Real>& head, Real* context, std::int64_t context_stride) {
  const std::int64_t line = padded<Real>(head.keys);
  Real* const turned = head.scratch;  // k, [width, padded(keys)]
  turn_keys(head.k, head.kv_stride, head.keys, head.width, turned);
  multiply_small<Real>({head.q, head.q_stride, 1},
                       head.queries,
                       head.width,
                       turned,
                       line,
                       line,
                       head.probabilities,
                       line);
  for (std::int64_t query = 0; query < head.queries; ++query) {
    softmax_row(head.probabilities + query * line, head.keys, head.scale);
  }
  const Real* weights = head.probabilities;
  if (head.kept != nullptr) {
    Real* const dropped = head.scratch;
    drop_square(head, head.probabilities, dropped);
    weights = dropped;
  }
  if (head.sums != nullptr) {
    sum_weights(head, weights);
  }
  multiply_small<Real>({weights, line, 1},
                       head.queries,
                       head.keys,
                       head.v,
                       head.kv_stride,
                       head.width,
                       context,
                       context_stride);
}

/// From the gradient of dropped probabilities to that of the scores, in place.
template <class Real>
TARAMA_INLINE void softmax_backward_row(const Real* probabilities,
                                        std::int64_t keys,
                                        Real scale,
                                        Real* d_row) {
  constexpr int lanes = lanes_of<Real>;
  using V = Vector<Real, lanes>;
  const std::int64_t line = padded<Real>(keys);
  V sums{};
  for (std::int64_t i = 0; i < line; i += lanes) {
    sums += load<lanes>(d_row + i) * load<lanes>(probabilities + i);
  }
  const Real mean = sum_of<Real, lanes>(sums);
  for (std::int64_t i = 0; i < line; i += lanes) {
    store<lanes>(d_row + i,
                 (load<lanes>(d_row + i) - mean) * load<lanes>(probabilities + i) * scale);
  }
}

template <class Real>
void attend_backward(const Head<Real>& head,
                     const Real* d_context,
                     std::int64_t context_stride,
                     Real* d_q,
                     Real* d_k,
                     Real* d_v) {
  const std::int64_t line = padded<Real>(head.keys);
  const std::int64_t square = head.queries * line;
  Real* const dropped = head.scratch;
  Real* const d_scores = head.scratch + square;
  Real* const turned = head.scratch + 2 * square;  // v, [width, padded(keys)]
  const Real* weights = head.probabilities;
  if (head.kept != nullptr) {
    drop_square(head, head.probabilities, dropped);
    weights = dropped;
  }
  multiply_small<Real>({weights, 1, line},
                       head.keys,
                       head.queries,
                       d_context,
                       context_stride,
                       head.width,
                       d_v,
                       head.kv_stride);
  turn_keys(head.v, head.kv_stride, head.keys, head.width, turned);
  multiply_small<Real>(
      {d_context, context_stride, 1}, head.queries, head.width, turned, line, line, d_scores, line);
  if (head.d_sums != nullptr) {
    add_d_sums(head, d_scores);
  }
  if (head.kept != nullptr) {
    drop_square(head, d_scores, d_scores);
  }
  for (std::int64_t query = 0; query < head.queries; ++query) {
    softmax_backward_row(
        head.probabilities + query * line, head.keys, head.scale, d_scores + query * line);
  }
  multiply_small<Real>({d_scores, line, 1},
                       head.queries,
                       head.keys,
                       head.k,
                       head.kv_stride,
                       head.width,
                       d_q,
                       head.q_stride);
  multiply_small<Real>({d_scores, 1, line},
                       head.keys,
                       head.queries,
                       head.q,
                       head.q_stride,
                       head.width,
                       d_k,
                       head.kv_stride);
}

}  // namespace tarama::packed::TARAMA_UNIT
