// Linear layers over rows: forward, and the gradients of input, matrix and bias. Owns the scratch
// that products need.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"

#include <cstdint>

namespace tarama::packed {

/// `rows` rows, `stride` elements apart.
template <class Real>
struct Rows {
  Real* values = nullptr;
  std::int64_t stride = 0;

  [[nodiscard]] Real* operator[](std::int64_t row) const { return values + row * stride; }

  [[nodiscard]] Rows from_column(std::int64_t column) const { return {values + column, stride}; }
};

/// A matrix of [outputs, inputs].
struct LinearShape {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
};

/// Gradients that are sums over rows go by blocks of so many: no running sum becomes long.
inline constexpr std::int64_t rows_per_sum = 16;

enum class Into { fresh, sum };  // what a result does with what was there

template <class Real>
class Linear {
 public:
  /// `widest`: the most outputs and inputs, not of one matrix; `rows`: the most rows.
  Linear(const KernelTable<Real>& kernels, LinearShape widest, std::int64_t rows);

  /// y = x matrix^T + bias (null: none).
  void forward(LinearShape shape,
               const Real* matrix,
               const Real* bias,
               Rows<const Real> x,
               std::int64_t rows,
               Rows<Real> y);

  /// d_x = d_y matrix.
  void backward_input(LinearShape shape,
                      const Real* matrix,
                      Rows<const Real> d_y,
                      std::int64_t rows,
                      Rows<Real> d_x,
                      Into into);

  /// d_matrix = d_y^T x, d_bias = the sum of d_y's rows (null: not wanted).
  void backward_parameters(LinearShape shape,
                           Rows<const Real> d_y,
                           Rows<const Real> x,
                           std::int64_t rows,
                           Real* d_matrix,
                           Real* d_bias);

 private:
  const KernelTable<Real>& kernels_;
  Buffer<Real> packed_;
  Buffer<Real> partial_;  // a sum of some rows
};

/// out = the sum of `rows` rows, by blocks so that no running sum becomes long. `partial` has n
/// elements.
template <class Real>
void sum_rows(const KernelTable<Real>& kernels,
              Rows<const Real> x,
              std::int64_t rows,
              std::int64_t n,
              Real* partial,
              Real* out);

}  // namespace tarama::packed
