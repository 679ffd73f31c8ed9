// Linear layers over rows as products on a stream. The bias is the next kernel's.
#pragma once

#include "worker/cuda/device/device.hpp"
#include "worker/cuda/model/pass_shape.hpp"

#include <cstdint>

namespace tarama::cuda {

/// A matrix of [outputs, inputs].
struct LinearShape {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
};

/// y = x matrix^T.
template <class T, class Result>
void forward_linear(Device& device,
                    StreamId stream,
                    const LinearShape& shape,
                    std::int64_t rows,
                    Address matrix,
                    Address x,
                    Address y) {
  device.multiply(stream,
                  {.m = rows,
                   .n = shape.outputs,
                   .k = shape.inputs,
                   .a = {.values = x, .stride = shape.inputs},
                   .b = {.values = matrix, .stride = shape.inputs, .is_transposed = true},
                   .factors = number_type<T>,
                   .c = y,
                   .c_stride = shape.outputs,
                   .result = number_type<Result>});
}

enum class Into { fresh, sum };  // what a result does with what was there

/// d_x = d_y matrix.
template <class T, class Result>
void backward_input(Device& device,
                    StreamId stream,
                    const LinearShape& shape,
                    std::int64_t rows,
                    Address matrix,
                    Address d_y,
                    Address d_x,
                    Into into) {
  device.multiply(stream,
                  {.m = rows,
                   .n = shape.inputs,
                   .k = shape.outputs,
                   .a = {.values = d_y, .stride = shape.outputs},
                   .b = {.values = matrix, .stride = shape.inputs},
                   .factors = number_type<T>,
                   .c = d_x,
                   .c_stride = shape.inputs,
                   .result = number_type<Result>,
                   .adds_to_c = into == Into::sum});
}

/// d_matrix = d_y^T x, in float32. Rows behind the batch add nothing: their d_y is 0.
template <class T>
void backward_matrix(Device& device,
                     StreamId stream,
                     const LinearShape& shape,
                     std::int64_t rows,
                     Address d_y,
                     Address x,
                     Address d_matrix,
                     Into into) {
  device.multiply(stream,
                  {.m = shape.outputs,
                   .n = shape.inputs,
                   .k = rows,
                   .a = {.values = d_y, .stride = shape.outputs, .is_transposed = true},
                   .b = {.values = x, .stride = shape.inputs},
                   .factors = number_type<T>,
                   .c = d_matrix,
                   .c_stride = shape.inputs,
                   .result = NumberType::float32,
                   .adds_to_c = into == Into::sum});
}

/// What a linear layer's way back reads and writes.
struct LinearGradients {
  Address matrix = 0;
  Address x = 0;
  Address d_y = 0;
  Address d_matrix = 0;
  Address d_x = 0;
};

/// Both, the matrix's gradient first.
template <class T, class Result>
void backward_linear(Device& device,
                     StreamId stream,
                     const LinearShape& shape,
                     std::int64_t rows,
                     const LinearGradients& at,
                     Into into_matrix,
                     Into into_x = Into::fresh) {
  backward_matrix<T>(device, stream, shape, rows, at.d_y, at.x, at.d_matrix, into_matrix);
  backward_input<T, Result>(device, stream, shape, rows, at.matrix, at.d_y, at.d_x, into_x);
}

}  // namespace tarama::cuda
