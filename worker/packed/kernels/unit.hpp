// One processor's table. Its .cpp includes the headers of all units, then asks GCC for the
// processor's instructions, then includes this: what comes before is compiled for every processor,
// so that no function that other code shares is compiled for this one alone.
#pragma once

#include "worker/packed/kernels/attention.hpp"
#include "worker/packed/kernels/bert_adam.hpp"
#include "worker/packed/kernels/gemm.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/kernels/rows.hpp"

namespace tarama::packed::TARAMA_UNIT {

template <class Real>
KernelTable<Real> make_table(std::string_view name) {
  return {.name = name,
          .packed_elements = packed_elements<Real>,
          .pack = pack<Real>,
          .multiply = multiply<Real>,
          .keep_bits = keep_bits,
          .drop_and_add = drop_and_add<Real>,
          .drop = drop<Real>,
          .normalize = normalize<Real>,
          .normalize_backward = normalize_backward<Real>,
          .add_norm_gradients = add_norm_gradients<Real>,
          .add = add<Real>,
          .gelu = gelu<Real>,
          .gelu_tanh = gelu_tanh<Real>,
          .relu = relu<Real>,
          .multiply_by = multiply_by<Real>,
          .padded = padded<Real>,
          .head_scratch = head_scratch<Real>,
          .attend = attend<Real>,
          .attend_backward = attend_backward<Real>,
          .sum_of_squares = sum_of_squares<Real>,
          .update = update<Real>,
          .decay = decay<Real>};
}

}  // namespace tarama::packed::TARAMA_UNIT
