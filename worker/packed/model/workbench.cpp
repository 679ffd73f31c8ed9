// Masks, LayerNorms and gathers over the rows of a batch.
#include "worker/packed/model/workbench.hpp"

#include <algorithm>

namespace tarama::packed {

template <class Real>
Workbench<Real>::Workbench(const ModelConfig& config,
                           const Capacity& capacity,
                           const KernelTable<Real>& kernels)
    : wide(capacity.tokens * std::max(3 * config.hidden, config.intermediate)),
      narrow(capacity.tokens * config.hidden),
      gathered(capacity.examples * config.hidden),
      head(std::max(
          kernels.head_scratch(capacity.longest, capacity.longest, config.hidden / config.heads),
          kernels.head_scratch(config.heads, capacity.longest, config.hidden))),
      config_(config),
      capacity_(capacity),
      kernels_(kernels),
      linear_(kernels,
              {.outputs = std::max({3 * config.hidden, config.intermediate, config.classes}),
               .inputs = std::max(config.hidden, config.intermediate)},
              capacity.tokens),
      row_words_((config.hidden + 63) / 64),
      partial_(2 * config.hidden) {}

template <class Real>
void Workbench<Real>::begin(const Dropout& dropout) {
  dropout_ = dropout;
  threshold_ = keep_threshold(dropout.rate);
  keep_scale_ = static_cast<Real>(tarama::keep_scale(dropout.rate));
}

template <class Real>
void Workbench<Real>::fill_row_bits(Place place,
                                    std::int64_t layer,
                                    const TokenLayout& batch,
                                    RowSet rows,
                                    Buffer<std::uint64_t>& bits) const {
  if (!drops()) {
    return;
  }
  const std::int64_t count = rows_of(rows, batch);
  for (std::int64_t row = 0; row < count; ++row) {
    const bool is_token = rows == RowSet::all_tokens;
    const auto i = static_cast<std::size_t>(row);
    const philox::Start start = philox::start_of({.seed = dropout_.seed,
                                                  .place = place,
                                                  .layer = layer,
                                                  .step = dropout_.step,
                                                  .example = is_token ? batch.example_of[i] : row,
                                                  .index = is_token ? batch.position_of[i] : 0});
    kernels_.keep_bits(start, threshold_, row_words_, bits.data() + row * row_words_);
  }
}

template <class Real>
void Workbench<Real>::fill_attention_bits(std::int64_t layer,
                                          const TokenLayout& batch,
                                          RowSet queries,
                                          Buffer<std::uint64_t>& bits) const {
  if (!drops()) {
    return;
  }
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t length = batch.length(example);
    const std::int64_t elements = queries == RowSet::all_tokens ? length * length : length;
    for (std::int64_t head_number = 0; head_number < config_.heads; ++head_number) {
      const philox::Start start = philox::start_of({.seed = dropout_.seed,
                                                    .place = Place::attention_dropout,
                                                    .layer = layer,
                                                    .step = dropout_.step,
                                                    .example = example,
                                                    .index = head_number});
      kernels_.keep_bits(start,
                         threshold_,
                         (elements + 63) / 64,
                         bits.data() + batch.bits_of(example, head_number, config_.heads));
    }
  }
}

template <class Real>
void Workbench<Real>::drop_rows(const Buffer<std::uint64_t>& bits,
                                std::int64_t rows,
                                const Real* x,
                                Real* out) const {
  const std::int64_t hidden = config_.hidden;
  if (!drops()) {
    if (out != x) {
      std::copy_n(x, rows * hidden, out);
    }
    return;
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    kernels_.drop(
        x + row * hidden, bits.data() + row * row_words_, keep_scale_, hidden, out + row * hidden);
  }
}

template <class Real>
void Workbench<Real>::drop_and_add_rows(const Buffer<std::uint64_t>& bits,
                                        std::int64_t rows,
                                        const Real* x,
                                        const Real* residual,
                                        Real* out) const {
  const std::int64_t hidden = config_.hidden;
  for (std::int64_t row = 0; row < rows; ++row) {
    kernels_.drop_and_add(x + row * hidden,
                          drops() ? bits.data() + row * row_words_ : nullptr,
                          keep_scale_,
                          residual + row * hidden,
                          hidden,
                          out + row * hidden);
  }
}

template <class Real>
NormState<Real> Workbench<Real>::make_norm(RowSet rows) const {
  return {.normal = Buffer<Real>(most_rows(rows) * config_.hidden),
          .inverse = Buffer<Real>(most_rows(rows))};
}

template <class Real>
void Workbench<Real>::normalize(const NormPlan& plan,
                                const Real* values,
                                std::int64_t rows,
                                const Real* x,
                                NormState<Real>& state,
                                Real* out) const {
  const std::int64_t hidden = config_.hidden;
  for (std::int64_t row = 0; row < rows; ++row) {
    state.inverse[row] = kernels_.normalize(x + row * hidden,
                                            values + plan.gain,
                                            values + plan.shift,
                                            static_cast<Real>(config_.layer_norm_eps),
                                            hidden,
                                            state.normal.data() + row * hidden,
                                            out + row * hidden);
  }
}

template <class Real>
void Workbench<Real>::normalize_backward(const NormPlan& plan,
                                         const Real* values,
                                         std::int64_t rows,
                                         const NormState<Real>& state,
                                         const Real* d_out,
                                         Real* gradients,
                                         Real* d_x) {
  const std::int64_t hidden = config_.hidden;
  Real* const d_gain = gradients + plan.gain;
  Real* const d_shift = gradients + plan.shift;
  std::fill_n(d_gain, hidden, Real{0});
  std::fill_n(d_shift, hidden, Real{0});
  for (std::int64_t first = 0; first < rows; first += rows_per_sum) {
    const std::int64_t past = std::min(first + rows_per_sum, rows);
    std::fill_n(partial_.data(), 2 * hidden, Real{0});
    for (std::int64_t row = first; row < past; ++row) {
      const Real* const d_row = d_out + row * hidden;
      const Real* const normal = state.normal.data() + row * hidden;
      kernels_.add_norm_gradients(d_row, normal, hidden, partial_.data(), partial_.data() + hidden);
      kernels_.normalize_backward(
          d_row, normal, values + plan.gain, state.inverse[row], hidden, d_x + row * hidden);
    }
    kernels_.add(partial_.data(), hidden, d_gain);
    kernels_.add(partial_.data() + hidden, hidden, d_shift);
  }
}

template <class Real>
void Workbench<Real>::gather_first(const TokenLayout& batch,
                                   const Real* by_token,
                                   Real* rows) const {
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
    std::copy_n(by_token + token * config_.hidden, config_.hidden, rows + example * config_.hidden);
  }
}

template <class Real>
void Workbench<Real>::add_to_first(const TokenLayout& batch,
                                   const Real* rows,
                                   Real* by_token) const {
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
    kernels_.add(
        rows + example * config_.hidden, config_.hidden, by_token + token * config_.hidden);
  }
}

template class Workbench<float>;
template class Workbench<double>;

}  // namespace tarama::packed
