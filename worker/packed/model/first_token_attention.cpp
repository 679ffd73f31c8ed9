// Head by head over all examples what is a product of matrices, example by example what is not.
#include "worker/packed/model/first_token_attention.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::packed {

template <class Real>
FirstTokenAttention<Real>::FirstTokenAttention(const Workbench<Real>& bench,
                                               const LayerPlan& plan,
                                               std::int64_t number)
    : plan_(plan),
      number_(number),
      heads_(bench.config().heads),
      hidden_(bench.config().hidden),
      width_(hidden_ / heads_) {
  const Capacity& most = bench.capacity();
  for (Buffer<Real>* const rows : {&first_, &q_, &d_q_}) {
    *rows = Buffer<Real>(most.examples * hidden_);
  }
  for (Buffer<Real>* const rows : {&looks_, &seen_, &d_looks_, &d_seen_}) {
    *rows = Buffer<Real>(most.examples * heads_ * hidden_);
  }
  sums_ = Buffer<Real>(most.examples * heads_);
  d_sums_ = Buffer<Real>(most.examples * heads_);
  // As squares of all queries, of which the first rows alone are used.
  probabilities_ = Buffer<Real>(most.squares * heads_);
  bits_ = Buffer<std::uint64_t>(most.bits * heads_);
}

template <class Real>
Head<Real> FirstTokenAttention<Real>::heads_of(Workbench<Real>& bench,
                                               const TokenLayout& batch,
                                               std::int64_t example) {
  const Real* const x = x_ + batch.offsets[static_cast<std::size_t>(example)] * hidden_;
  const std::int64_t first_bits = batch.bits_of(example, 0, heads_);
  return {.queries = heads_,
          .keys = batch.length(example),
          .width = hidden_,
          .q = looks_.data() + example * heads_ * hidden_,
          .q_stride = hidden_,
          .k = x,
          .v = x,
          .kv_stride = hidden_,
          .scale = static_cast<Real>(1 / std::sqrt(static_cast<double>(width_))),
          .probabilities = probabilities_.data() + batch.square_of(example, 0, heads_),
          .kept = bench.drops() ? bits_.data() + first_bits : nullptr,
          .kept_stride = 64 * (batch.bits_of(example, 1, heads_) - first_bits),
          .keep_scale = bench.keep_scale(),
          .sums = sums_.data() + example * heads_,
          .d_sums = d_sums_.data() + example * heads_,
          .scratch = bench.head.data()};
}

template <class Real>
void FirstTokenAttention<Real>::forward(Workbench<Real>& bench,
                                        const TokenLayout& batch,
                                        const Real* values,
                                        const Real* x,
                                        Real* context) {
  const std::int64_t examples = batch.examples();
  const Real* const matrix = values + plan_.qkv;
  const Real* const bias = values + plan_.qkv_bias;
  const LinearShape of_head{width_, hidden_};
  Linear<Real>& linear = bench.linear();
  x_ = x;
  bench.fill_attention_bits(number_, batch, RowSet::first_tokens, bits_);
  bench.gather_first(batch, x, first_.data());
  linear.forward(
      {hidden_, hidden_}, matrix, bias, {first_.data(), hidden_}, examples, {q_.data(), hidden_});
  for (std::int64_t head = 0; head < heads_; ++head) {
    linear.backward_input(of_head,
                          matrix + (hidden_ + head * width_) * hidden_,
                          {q_.data() + head * width_, hidden_},
                          examples,
                          {looks_.data() + head * hidden_, heads_ * hidden_},
                          Into::fresh);
  }
  for (std::int64_t example = 0; example < examples; ++example) {
    bench.kernels().attend(
        heads_of(bench, batch, example), seen_.data() + example * heads_ * hidden_, hidden_);
  }
  for (std::int64_t head = 0; head < heads_; ++head) {
    linear.forward(of_head,
                   matrix + (2 * hidden_ + head * width_) * hidden_,
                   nullptr,
                   {seen_.data() + head * hidden_, heads_ * hidden_},
                   examples,
                   {context + head * width_, hidden_});
  }
  add_value_bias(bench, examples, bias + 2 * hidden_, context);
}

template <class Real>
void FirstTokenAttention<Real>::add_value_bias(Workbench<Real>& bench,
                                               std::int64_t examples,
                                               const Real* bias,
                                               Real* context) const {
  for (std::int64_t example = 0; example < examples; ++example) {
    for (std::int64_t column = 0; column < hidden_; ++column) {
      const Real sum = sums_[example * heads_ + column / width_];
      bench.gathered[example * hidden_ + column] = sum * bias[column];
    }
  }
  bench.kernels().add(bench.gathered.data(), examples * hidden_, context);
}

template <class Real>
void FirstTokenAttention<Real>::backward(Workbench<Real>& bench,
                                         const TokenLayout& batch,
                                         const Real* values,
                                         const Real* d_context,
                                         Real* d_x,
                                         Real* gradients) {
  values_backward(bench, batch.examples(), values, d_context, gradients);
  Real* const d_keys = bench.wide.data();
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t heads = example * heads_ * hidden_;
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)] * hidden_;
    bench.kernels().attend_backward(heads_of(bench, batch, example),
                                    d_seen_.data() + heads,
                                    hidden_,
                                    d_looks_.data() + heads,
                                    d_keys + token,
                                    d_x + token);
  }
  bench.kernels().add(d_keys, batch.tokens() * hidden_, d_x);
  queries_backward(bench, batch, values, d_x, gradients);
}

template <class Real>
void FirstTokenAttention<Real>::values_backward(Workbench<Real>& bench,
                                                std::int64_t examples,
                                                const Real* values,
                                                const Real* d_context,
                                                Real* gradients) {
  const Real* const bias = values + plan_.qkv_bias + 2 * hidden_;
  Linear<Real>& linear = bench.linear();
  for (std::int64_t head = 0; head < heads_; ++head) {
    const LinearShape of_head{width_, hidden_};
    const std::int64_t matrix = plan_.qkv + (2 * hidden_ + head * width_) * hidden_;
    const Rows<const Real> d_of_head{d_context + head * width_, hidden_};
    linear.backward_parameters(of_head,
                               d_of_head,
                               {seen_.data() + head * hidden_, heads_ * hidden_},
                               examples,
                               gradients + matrix,
                               nullptr);
    linear.backward_input(of_head,
                          values + matrix,
                          d_of_head,
                          examples,
                          {d_seen_.data() + head * hidden_, heads_ * hidden_},
                          Into::fresh);
  }
  Real* const weighted = bench.gathered.data();  // d_context by the sums
  for (std::int64_t row = 0; row < examples * heads_; ++row) {
    const Real* const d_head = d_context + row * width_;
    const Real* const head_bias = bias + row % heads_ * width_;
    Real d_sum = 0;
    for (std::int64_t i = 0; i < width_; ++i) {
      d_sum += d_head[i] * head_bias[i];
      weighted[row * width_ + i] = d_head[i] * sums_[row];
    }
    d_sums_[row] = d_sum;
  }
  Real* const d_bias = gradients + plan_.qkv_bias + hidden_;
  std::fill_n(d_bias, hidden_, Real{0});  // of the keys
  sum_rows<Real>(
      bench.kernels(), {weighted, hidden_}, examples, hidden_, d_q_.data(), d_bias + hidden_);
}

template <class Real>
void FirstTokenAttention<Real>::queries_backward(Workbench<Real>& bench,
                                                 const TokenLayout& batch,
                                                 const Real* values,
                                                 Real* d_x,
                                                 Real* gradients) {
  const std::int64_t examples = batch.examples();
  Linear<Real>& linear = bench.linear();
  for (std::int64_t head = 0; head < heads_; ++head) {
    const LinearShape of_head{width_, hidden_};
    const std::int64_t matrix = plan_.qkv + (hidden_ + head * width_) * hidden_;
    const Rows<const Real> d_of_head{d_looks_.data() + head * hidden_, heads_ * hidden_};
    linear.backward_parameters(of_head,
                               {q_.data() + head * width_, hidden_},
                               d_of_head,
                               examples,
                               gradients + matrix,
                               nullptr);
    linear.forward(of_head,
                   values + matrix,
                   nullptr,
                   d_of_head,
                   examples,
                   {d_q_.data() + head * width_, hidden_});
  }
  const LinearShape square{hidden_, hidden_};
  const Rows<const Real> d_q{d_q_.data(), hidden_};
  linear.backward_parameters(square,
                             d_q,
                             {first_.data(), hidden_},
                             examples,
                             gradients + plan_.qkv,
                             gradients + plan_.qkv_bias);
  Real* const d_first = bench.gathered.data();
  linear.backward_input(square, values + plan_.qkv, d_q, examples, {d_first, hidden_}, Into::fresh);
  bench.add_to_first(batch, d_first, d_x);
}

template class FirstTokenAttention<float>;
template class FirstTokenAttention<double>;

}  // namespace tarama::packed
