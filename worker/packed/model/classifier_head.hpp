// From the first tokens to scores: the last LayerNorm (norm: pre), pooler, dropout, classifier.
#pragma once

#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <cstdint>
#include <span>

namespace tarama::packed {

template <class Real>
class ClassifierHead {
 public:
  explicit ClassifierHead(const Workbench<Real>& bench);

  /// `x` is [examples, hidden] and stays until the backward pass. The scores [examples, classes]
  /// are valid until the next call.
  std::span<const Real> forward(Workbench<Real>& bench,
                                const ModelPlan& plan,
                                const TokenLayout& batch,
                                const Real* values,
                                const Real* x);

  void backward(Workbench<Real>& bench,
                const ModelPlan& plan,
                const TokenLayout& batch,
                const Real* values,
                std::span<const Real> d_scores,
                Real* d_x,
                Real* gradients);

 private:
  const Real* read_ = nullptr;  // what the pooler reads: x, or behind the LayerNorm
  NormState<Real> norm_;        // norm: pre, as is the next
  Buffer<Real> normalized_;
  Buffer<Real> pooled_;  // behind tanh
  Buffer<std::uint64_t> bits_;
  Buffer<Real> dropped_;  // what the classifier reads
  Buffer<Real> scores_;
  Buffer<Real> d_pooled_;
};

}  // namespace tarama::packed
