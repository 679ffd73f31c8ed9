// Each product with its factors where they lie; what is transposed is transposed by strides.
#include "worker/packed/model/linear.hpp"

#include <algorithm>

namespace tarama::packed {

template <class Real>
void sum_rows(const KernelTable<Real>& kernels,
              Rows<const Real> x,
              std::int64_t rows,
              std::int64_t n,
              Real* partial,
              Real* out) {
  std::fill_n(out, n, Real{0});
  for (std::int64_t first = 0; first < rows; first += rows_per_sum) {
    const std::int64_t past = std::min(first + rows_per_sum, rows);
    std::copy_n(x[first], n, partial);
    for (std::int64_t row = first + 1; row < past; ++row) {
      kernels.add(x[row], n, partial);
    }
    kernels.add(partial, n, out);
  }
}

template <class Real>
Linear<Real>::Linear(const KernelTable<Real>& kernels, LinearShape widest, std::int64_t rows)
    : kernels_(kernels),
      packed_(std::max({kernels.packed_elements(widest.inputs, widest.outputs),
                        kernels.packed_elements(widest.outputs, widest.inputs),
                        kernels.packed_elements(rows, widest.inputs)})),
      partial_(widest.outputs) {}

template <class Real>
void Linear<Real>::forward(LinearShape shape,
                           const Real* matrix,
                           const Real* bias,
                           Rows<const Real> x,
                           std::int64_t rows,
                           Rows<Real> y) {
  kernels_.pack({matrix, 1, shape.inputs}, shape.inputs, shape.outputs, packed_.data());
  kernels_.multiply({.m = rows,
                     .n = shape.outputs,
                     .k = shape.inputs,
                     .a = {x.values, x.stride, 1},
                     .b = packed_.data(),
                     .c = y.values,
                     .c_stride = y.stride,
                     .bias = bias,
                     .adds_to_c = false});
}

template <class Real>
void Linear<Real>::backward_input(LinearShape shape,
                                  const Real* matrix,
                                  Rows<const Real> d_y,
                                  std::int64_t rows,
                                  Rows<Real> d_x,
                                  Into into) {
  kernels_.pack({matrix, shape.inputs, 1}, shape.outputs, shape.inputs, packed_.data());
  kernels_.multiply({.m = rows,
                     .n = shape.inputs,
                     .k = shape.outputs,
                     .a = {d_y.values, d_y.stride, 1},
                     .b = packed_.data(),
                     .c = d_x.values,
                     .c_stride = d_x.stride,
                     .bias = nullptr,
                     .adds_to_c = into == Into::sum});
}

template <class Real>
void Linear<Real>::backward_parameters(LinearShape shape,
                                       Rows<const Real> d_y,
                                       Rows<const Real> x,
                                       std::int64_t rows,
                                       Real* d_matrix,
                                       Real* d_bias) {
  kernels_.pack({x.values, x.stride, 1}, rows, shape.inputs, packed_.data());
  kernels_.multiply({.m = shape.outputs,
                     .n = shape.inputs,
                     .k = rows,
                     .a = {d_y.values, 1, d_y.stride},
                     .b = packed_.data(),
                     .c = d_matrix,
                     .c_stride = shape.inputs,
                     .bias = nullptr,
                     .adds_to_c = false});
  if (d_bias != nullptr) {
    sum_rows(kernels_, d_y, rows, shape.outputs, partial_.data(), d_bias);
  }
}

template class Linear<float>;
template class Linear<double>;
template void sum_rows(
    const KernelTable<float>&, Rows<const float>, std::int64_t, std::int64_t, float*, float*);
template void sum_rows(
    const KernelTable<double>&, Rows<const double>, std::int64_t, std::int64_t, double*, double*);

}  // namespace tarama::packed
