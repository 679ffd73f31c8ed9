// One layer: self-attention and the feed-forward part, in both arrangements of the LayerNorms. The
// last layer computes what the loss sees: each example's first token alone.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/first_token_attention.hpp"
#include "worker/packed/model/linear.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <cstdint>
#include <optional>

namespace tarama::packed {

/// Its rows are all tokens, or first tokens in the last layer.
template <class Real>
class EncoderLayer {
 public:
  EncoderLayer(const Workbench<Real>& bench,
               const LayerPlan& plan,
               std::int64_t number,
               RowSet rows);

  /// `x` is [tokens, hidden] and stays until the backward pass.
  void forward(Workbench<Real>& bench, const TokenLayout& batch, const Real* values, const Real* x);

  /// [rows, hidden].
  [[nodiscard]] const Real* out() const { return out_.data(); }

  /// From `d_out` [rows, hidden] `d_x` [tokens, hidden] and this layer's gradients.
  void backward(Workbench<Real>& bench,
                const TokenLayout& batch,
                const Real* values,
                Real* d_out,
                Real* d_x,
                Real* gradients);

 private:
  // The parts of both arrangements. What is not said is [rows, hidden].
  void attend(Workbench<Real>& bench, const TokenLayout& batch, const Real* values, Real* out);
  void attend_backward(Workbench<Real>& bench,
                       const TokenLayout& batch,
                       const Real* values,
                       const Real* d_out,
                       Real* d_x,  // [tokens, hidden]
                       Real* gradients);
  void feed_forward(
      Workbench<Real>& bench, std::int64_t rows, const Real* values, const Real* x, Real* out);
  void feed_forward_backward(Workbench<Real>& bench,
                             std::int64_t rows,
                             const Real* values,
                             const Real* x,
                             const Real* d_out,
                             Real* d_x,
                             Into into,
                             Real* gradients);
  /// The contexts of all tokens.
  void look(Workbench<Real>& bench, const TokenLayout& batch, const Real* values);
  /// From the contexts' gradient, which may begin where d_x does.
  void look_backward(Workbench<Real>& bench,
                     const TokenLayout& batch,
                     const Real* values,
                     const Real* d_context,
                     Real* d_x,
                     Real* gradients);
  [[nodiscard]] Head<Real> head_of(Workbench<Real>& bench,
                                   const TokenLayout& batch,
                                   std::int64_t example,
                                   std::int64_t number);
  /// The stream's rows that the residual connection adds: x, or its first tokens, in scratch.
  [[nodiscard]] const Real* residual_of(Workbench<Real>& bench, const TokenLayout& batch) const;

  [[nodiscard]] bool is_last() const { return rows_ == RowSet::first_tokens; }

  [[nodiscard]] NormPlan attention_norm() const {
    return {plan_.attention_gain, plan_.attention_shift};
  }

  [[nodiscard]] NormPlan output_norm() const { return {plan_.output_gain, plan_.output_shift}; }

  LayerPlan plan_;
  std::int64_t number_;
  RowSet rows_;
  const Real* x_ = nullptr;         // of the last forward pass, [tokens, hidden]
  const Real* attended_ = nullptr;  // what attention reads: x, or behind the LayerNorm

  NormState<Real> attention_norm_;  // norm: post [rows], pre [tokens]
  NormState<Real> output_norm_;
  Buffer<Real> normalized_;  // norm: pre; [tokens, hidden], what attention reads
  std::optional<FirstTokenAttention<Real>> first_;  // the last layer's, instead of the next three
  Buffer<Real> qkv_;                                // [tokens, 3 hidden]
  Buffer<Real> probabilities_;
  Buffer<std::uint64_t> attention_bits_;
  Buffer<Real> context_;
  Buffer<std::uint64_t> dense_bits_;
  Buffer<Real> middle_;  // the stream behind the attention; with norm: post behind its LayerNorm
  Buffer<Real> fed_;     // norm: pre; what the feed-forward part reads
  Buffer<Real> inner_;   // [rows, intermediate], behind the activation
  Buffer<Real> slope_;   // [rows, intermediate], of the activation
  Buffer<std::uint64_t> output_bits_;
  Buffer<Real> out_;
  Buffer<Real> d_middle_;
};

}  // namespace tarama::packed
