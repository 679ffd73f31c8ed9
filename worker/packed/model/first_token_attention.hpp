// The attention of each example's first token, as the last layer needs it: keys and values of the
// other tokens are never made. A score is q (W_k x + b_k) = (W_k^T q) x + q b_k, where the last
// term is the same for all keys, so that softmax does not see it; and the context is W_v (sum of p
// x) + b_v (sum of p). So a head looks at the layer's input x itself, by a query of `hidden`
// elements, and two products of [tokens, hidden, hidden] are ones of [examples, hidden, hidden].
// The gradient of b_k is 0.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <cstdint>

namespace tarama::packed {

template <class Real>
class FirstTokenAttention {
 public:
  FirstTokenAttention(const Workbench<Real>& bench, const LayerPlan& plan, std::int64_t number);

  /// `context` [examples, hidden] of `x` [tokens, hidden], which stays until the backward pass.
  void forward(Workbench<Real>& bench,
               const TokenLayout& batch,
               const Real* values,
               const Real* x,
               Real* context);

  /// From `d_context` [examples, hidden] `d_x` [tokens, hidden], which may begin where d_context
  /// does, and the gradients of the layer's queries, keys and values.
  void backward(Workbench<Real>& bench,
                const TokenLayout& batch,
                const Real* values,
                const Real* d_context,
                Real* d_x,
                Real* gradients);

 private:
  void add_value_bias(Workbench<Real>& bench,
                      std::int64_t examples,
                      const Real* bias,
                      Real* context) const;
  /// Of matrix and bias; and what the contexts' gradient is for the sums of x and of weights.
  void values_backward(Workbench<Real>& bench,
                       std::int64_t examples,
                       const Real* values,
                       const Real* d_context,
                       Real* gradients);
  void queries_backward(Workbench<Real>& bench,
                        const TokenLayout& batch,
                        const Real* values,
                        Real* d_x,
                        Real* gradients);
  /// All heads of an example are the queries of one.
  [[nodiscard]] Head<Real> heads_of(Workbench<Real>& bench,
                                    const TokenLayout& batch,
                                    std::int64_t example);

  LayerPlan plan_;
  std::int64_t number_;
  std::int64_t heads_;
  std::int64_t hidden_;
  std::int64_t width_;  // of a head
  const Real* x_ = nullptr;

  Buffer<Real> first_;  // [examples, hidden], as are q_ and d_q_
  Buffer<Real> q_;
  Buffer<Real> d_q_;
  Buffer<Real> looks_;  // [examples, heads, hidden]: W_k^T q, as are the next three
  Buffer<Real> seen_;   // the sums of x by dropped probabilities
  Buffer<Real> d_looks_;
  Buffer<Real> d_seen_;
  Buffer<Real> sums_;  // [examples, heads]: of dropped probabilities
  Buffer<Real> d_sums_;
  Buffer<Real> probabilities_;
  Buffer<std::uint64_t> bits_;
};

}  // namespace tarama::packed
