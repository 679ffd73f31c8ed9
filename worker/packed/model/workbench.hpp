// What the parts of the model share: kernels, linear layers, the masks of the pass under way, and
// scratch that is of use within one call.
#pragma once

#include "core/training/model_config.hpp"
#include "core/training/philox.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/linear.hpp"
#include "worker/packed/model/token_layout.hpp"

#include <cstdint>

namespace tarama::packed {

/// Which masks a pass drops by.
struct Dropout {
  double rate = 0;  // in [0, 1); 0: none, and the rest is not read
  std::int64_t seed = 0;
  std::int64_t step = 0;
};

/// Which rows a part works on.
enum class RowSet { all_tokens, first_tokens };  // first: of each example, its [CLS]

/// A LayerNorm's parameters, as offsets in the plan.
struct NormPlan {
  std::int64_t gain = 0;
  std::int64_t shift = 0;
};

/// What a LayerNorm's backward pass needs.
template <class Real>
struct NormState {
  Buffer<Real> normal;   // [rows, hidden]
  Buffer<Real> inverse;  // [rows]: 1 / deviation
};

template <class Real>
class Workbench {
 public:
  Workbench(const ModelConfig& config, const Capacity& capacity, const KernelTable<Real>& kernels);

  [[nodiscard]] const ModelConfig& config() const { return config_; }

  [[nodiscard]] const Capacity& capacity() const { return capacity_; }

  [[nodiscard]] const KernelTable<Real>& kernels() const { return kernels_; }

  [[nodiscard]] Linear<Real>& linear() { return linear_; }

  [[nodiscard]] bool is_pre() const { return config_.norm == Norm::pre; }

  [[nodiscard]] std::int64_t rows_of(RowSet rows, const TokenLayout& batch) const {
    return rows == RowSet::all_tokens ? batch.tokens() : batch.examples();
  }

  [[nodiscard]] std::int64_t most_rows(RowSet rows) const {
    return rows == RowSet::all_tokens ? capacity_.tokens : capacity_.examples;
  }

  void begin(const Dropout& dropout);

  [[nodiscard]] bool drops() const { return dropout_.rate > 0; }

  [[nodiscard]] Real keep_scale() const { return keep_scale_; }

  /// Words of 64 bits of a hidden row's mask.
  [[nodiscard]] std::int64_t row_words() const { return row_words_; }

  /// Masks of hidden rows, row after row; nothing without dropout.
  void fill_row_bits(Place place,
                     std::int64_t layer,
                     const TokenLayout& batch,
                     RowSet rows,
                     Buffer<std::uint64_t>& bits) const;
  /// Of each head and example the square of queries x keys, or its first row.
  void fill_attention_bits(std::int64_t layer,
                           const TokenLayout& batch,
                           RowSet queries,
                           Buffer<std::uint64_t>& bits) const;
  /// out = dropped x; may work in place.
  void drop_rows(const Buffer<std::uint64_t>& bits,
                 std::int64_t rows,
                 const Real* x,
                 Real* out) const;
  /// out = dropped x + residual; may work in place.
  void drop_and_add_rows(const Buffer<std::uint64_t>& bits,
                         std::int64_t rows,
                         const Real* x,
                         const Real* residual,
                         Real* out) const;

  [[nodiscard]] NormState<Real> make_norm(RowSet rows) const;
  /// x may be state.normal.
  void normalize(const NormPlan& plan,
                 const Real* values,
                 std::int64_t rows,
                 const Real* x,
                 NormState<Real>& state,
                 Real* out) const;
  /// d_x may be d_out.
  void normalize_backward(const NormPlan& plan,
                          const Real* values,
                          std::int64_t rows,
                          const NormState<Real>& state,
                          const Real* d_out,
                          Real* gradients,
                          Real* d_x);

  void gather_first(const TokenLayout& batch, const Real* by_token, Real* rows) const;
  void add_to_first(const TokenLayout& batch, const Real* rows, Real* by_token) const;

  // Scratch: what a call leaves here is of nobody.
  Buffer<Real> wide;      // [tokens, max(3 hidden, intermediate)]
  Buffer<Real> narrow;    // [tokens, hidden]
  Buffer<Real> gathered;  // [examples, hidden]
  Buffer<Real> head;      // for one head of attention, or for all heads of one token

 private:
  ModelConfig config_;
  Capacity capacity_;
  const KernelTable<Real>& kernels_;
  Linear<Real> linear_;
  Dropout dropout_;
  Real keep_scale_ = 1;
  std::uint32_t threshold_ = 0;
  std::int64_t row_words_ = 0;
  Buffer<Real> partial_;  // sums of some rows: of a gain and of a shift
};

}  // namespace tarama::packed
