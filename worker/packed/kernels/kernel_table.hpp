// The arithmetic of the packed learner as functions of plain arrays: one table of them for each
// kind of processor, compiled from the same templates. Which one is taken depends on what the
// processor is, never on timing or load, so that a run's bits do not either.
//
// All matrices are row-major, and rows lie `stride` elements apart where one is given. No function
// allocates, throws, or keeps anything between calls; all are for any thread.
#pragma once

#include "core/training/philox_lanes.hpp"

#include <cstdint>
#include <string_view>

namespace tarama::packed {

/// Element (i, j) is values[i * row_stride + j * column_stride].
template <class Real>
struct Strided {
  const Real* values = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;
};

/// C [m, n] = A [m, k] B [k, n] (+ bias [n] on every row, where there is one) (+ C).
template <class Real>
struct Product {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  Strided<Real> a;
  const Real* b = nullptr;  // as `pack` left it
  Real* c = nullptr;
  std::int64_t c_stride = 0;
  const Real* bias = nullptr;
  bool adds_to_c = false;
};

/// The attention of one head of one example: `queries` rows look at `keys` rows. Rows of q, k, v
/// and their gradients lie `stride` apart, `width` elements each.
template <class Real>
struct Head {
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t width = 0;
  const Real* q = nullptr;
  std::int64_t q_stride = 0;
  const Real* k = nullptr;
  const Real* v = nullptr;
  std::int64_t kv_stride = 0;
  Real scale = 1;                 // of the scores
  Real* probabilities = nullptr;  // [queries, padded(keys)], kept for the backward pass
  /// Bit query * kept_stride + key is set if that element is kept; null: no dropout.
  /// The word behind the last bit may be read.
  const std::uint64_t* kept = nullptr;
  std::int64_t kept_stride = 0;
  Real keep_scale = 1;
  /// [queries]: the sum of a query's dropped probabilities, and what the loss' gradient of it is,
  /// beside what comes from the context. Null: not wanted, and 0.
  Real* sums = nullptr;
  const Real* d_sums = nullptr;
  Real* scratch = nullptr;  // head_scratch(queries, keys, width)
};

/// How an update is computed; docs/NUMERICS.md has the formula.
template <class Real>
struct UpdateRule {
  Real lr = 0;      // times the schedule's factor
  Real factor = 1;  // of the gradient, by clipping
  Real weight_decay = 0;
};

template <class Real>
struct KernelTable {
  std::string_view name;  // "avx512", "avx2", "portable"; part of what a run's bits depend on

  /// Elements that `pack` writes for a B of [k, n], of which one stride must be 1.
  std::int64_t (*packed_elements)(std::int64_t k, std::int64_t n);
  void (*pack)(const Strided<Real>& b, std::int64_t k, std::int64_t n, Real* packed);
  void (*multiply)(const Product<Real>& product);

  /// The bits of dropout of elements 0 .. 64 * words - 1 of a row: set where it is kept, bit e % 64
  /// of word e / 64. `row` is where the row's numbers begin.
  void (*keep_bits)(const philox::Start& row,
                    std::uint32_t threshold,
                    std::int64_t words,
                    std::uint64_t* kept);
  /// out = x * (kept ? scale : 0) + residual. `kept` null: no dropout. May work in place.
  void (*drop_and_add)(const Real* x,
                       const std::uint64_t* kept,
                       Real scale,
                       const Real* residual,
                       std::int64_t n,
                       Real* out);
  /// out = x * (kept ? scale : 0). May work in place.
  void (*drop)(const Real* x, const std::uint64_t* kept, Real scale, std::int64_t n, Real* out);
  /// normal = (x - mean) / sqrt(variance + eps), out = normal * gain + shift; returns what x - mean
  /// was multiplied by. `normal` or `out` may be x.
  Real (*normalize)(const Real* x,
                    const Real* gain,
                    const Real* shift,
                    Real eps,
                    std::int64_t n,
                    Real* normal,
                    Real* out);
  /// The gradient of x from that of out. May work in place.
  void (*normalize_backward)(const Real* d_out,
                             const Real* normal,
                             const Real* gain,
                             Real inverse_deviation,
                             std::int64_t n,
                             Real* d_x);
  /// sum_normal += d_out * normal, sum += d_out: the gradients of gain and shift.
  void (*add_norm_gradients)(
      const Real* d_out, const Real* normal, std::int64_t n, Real* sum_normal, Real* sum);
  /// sum += x.
  void (*add)(const Real* x, std::int64_t n, Real* sum);
  /// out = gelu(x), slope = its derivative; with the erf, not the tanh. `out` may be x.
  void (*gelu)(const Real* x, std::int64_t n, Real* out, Real* slope);
  /// The one with the tanh; and max(x, 0), whose slope at 0 is 0. Otherwise as gelu.
  void (*gelu_tanh)(const Real* x, std::int64_t n, Real* out, Real* slope);
  void (*relu)(const Real* x, std::int64_t n, Real* out, Real* slope);
  /// d_x = d_out * slope. May work in place.
  void (*multiply_by)(const Real* d_out, const Real* slope, std::int64_t n, Real* d_x);

  /// A row of probabilities takes so many elements; the ones behind `keys` are 0.
  std::int64_t (*padded)(std::int64_t keys);
  std::int64_t (*head_scratch)(std::int64_t queries, std::int64_t keys, std::int64_t width);
  /// Probabilities, and context [queries, width] = dropped probabilities times v.
  void (*attend)(const Head<Real>& head, Real* context, std::int64_t context_stride);
  /// From the context's gradient those of q, k and v, which lie like q, k and v themselves.
  void (*attend_backward)(const Head<Real>& head,
                          const Real* d_context,
                          std::int64_t context_stride,
                          Real* d_q,
                          Real* d_k,
                          Real* d_v);

  /// The sum of squares, to be added up over blocks.
  double (*sum_of_squares)(const Real* x, std::int64_t n);
  /// One update of n elements; a null gradient is one of zeros.
  void (*update)(const UpdateRule<Real>& rule,
                 const Real* gradient,
                 std::int64_t n,
                 Real* parameter,
                 Real* next_m,
                 Real* next_v);
  /// What `updates` updates without a gradient and with moments of 0 do: decay alone, step by step.
  /// `rates` are the learning rates of those updates.
  void (*decay)(
      const Real* rates, std::int64_t updates, Real weight_decay, std::int64_t n, Real* parameter);
};

/// The best that this processor has.
[[nodiscard]] const KernelTable<float>& kernels();

/// By name, to hold them against each other; null where the processor lacks it.
[[nodiscard]] const KernelTable<float>* kernels_named(std::string_view name);

/// In float64, portable: to be held against references.
[[nodiscard]] const KernelTable<double>& exact_kernels();

}  // namespace tarama::packed
