// The sum of a token's three embeddings; LayerNorm (norm: post) and dropout behind it.
#pragma once

#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <cstdint>

namespace tarama::packed {

template <class Real>
class Embeddings {
 public:
  explicit Embeddings(const Workbench<Real>& bench);

  void forward(Workbench<Real>& bench,
               const ModelPlan& plan,
               const TokenLayout& batch,
               const Real* values);

  /// [tokens, hidden].
  [[nodiscard]] const Real* out() const { return out_.data(); }

  /// `d_out` is overwritten. Adds to the rows of words that the batch has.
  void backward(Workbench<Real>& bench,
                const ModelPlan& plan,
                const TokenLayout& batch,
                const Real* values,
                Real* d_out,
                Real* gradients);

 private:
  NormState<Real> norm_;  // norm: post
  Buffer<std::uint64_t> bits_;
  Buffer<Real> out_;
  Buffer<Real> partial_;  // zero between calls: sums of some tokens, a row a segment
};

}  // namespace tarama::packed
