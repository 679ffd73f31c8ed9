// The two arrangements of a layer, and its parts forward and backward.
#include "worker/packed/model/encoder_layer.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::packed {

namespace {

template <class Real>
auto activation_of(const Workbench<Real>& bench) {
  switch (bench.config().activation) {
    case Activation::gelu:
      return bench.kernels().gelu;
    case Activation::gelu_tanh:
      return bench.kernels().gelu_tanh;
    case Activation::relu:
      return bench.kernels().relu;
  }
  return bench.kernels().gelu;
}

}  // namespace

template <class Real>
EncoderLayer<Real>::EncoderLayer(const Workbench<Real>& bench,
                                 const LayerPlan& plan,
                                 std::int64_t number,
                                 RowSet rows)
    : plan_(plan), number_(number), rows_(rows) {
  const ModelConfig& config = bench.config();
  const Capacity& most = bench.capacity();
  const std::int64_t hidden = config.hidden;
  const std::int64_t count = bench.most_rows(rows);
  attention_norm_ = bench.make_norm(bench.is_pre() ? RowSet::all_tokens : rows);
  output_norm_ = bench.make_norm(rows);
  qkv_ = Buffer<Real>(most.tokens * 3 * hidden);
  // Squares of all queries, of which the last layer fills the first row.
  probabilities_ = Buffer<Real>(most.squares * config.heads);
  attention_bits_ = Buffer<std::uint64_t>(most.bits * config.heads);
  context_ = Buffer<Real>(count * hidden);
  dense_bits_ = Buffer<std::uint64_t>(count * bench.row_words());
  middle_ = Buffer<Real>(count * hidden);
  inner_ = Buffer<Real>(count * config.intermediate);
  slope_ = Buffer<Real>(count * config.intermediate);
  output_bits_ = Buffer<std::uint64_t>(count * bench.row_words());
  out_ = Buffer<Real>(count * hidden);
  d_middle_ = Buffer<Real>(count * hidden);
  if (bench.is_pre()) {
    normalized_ = Buffer<Real>(most.tokens * hidden);
    fed_ = Buffer<Real>(count * hidden);
  }
  if (is_last()) {
    first_q_ = Buffer<Real>(count * hidden);
    d_qkv_first_ = Buffer<Real>(count * hidden);
    first_attended_ = Buffer<Real>(count * hidden);
  }
}

template <class Real>
const Real* EncoderLayer<Real>::residual_of(Workbench<Real>& bench,
                                            const TokenLayout& batch) const {
  if (!is_last()) {
    return x_;
  }
  bench.gather_first(batch, x_, bench.gathered.data());
  return bench.gathered.data();
}

template <class Real>
void EncoderLayer<Real>::forward(Workbench<Real>& bench,
                                 const TokenLayout& batch,
                                 const Real* values,
                                 const Real* x) {
  const std::int64_t rows = bench.rows_of(rows_, batch);
  Real* const part = bench.narrow.data();
  x_ = x;
  attended_ = x;
  bench.fill_row_bits(Place::attention_output_dropout, number_, batch, rows_, dense_bits_);
  bench.fill_row_bits(Place::feed_forward_dropout, number_, batch, rows_, output_bits_);
  if (bench.is_pre()) {
    bench.normalize(
        attention_norm(), values, batch.tokens(), x, attention_norm_, normalized_.data());
    attended_ = normalized_.data();
    attend(bench, batch, values, part);
    bench.drop_and_add_rows(dense_bits_, rows, part, residual_of(bench, batch), middle_.data());
    bench.normalize(output_norm(), values, rows, middle_.data(), output_norm_, fed_.data());
    feed_forward(bench, rows, values, fed_.data(), part);
    bench.drop_and_add_rows(output_bits_, rows, part, middle_.data(), out_.data());
    return;
  }
  attend(bench, batch, values, part);
  bench.drop_and_add_rows(dense_bits_, rows, part, residual_of(bench, batch), part);
  bench.normalize(attention_norm(), values, rows, part, attention_norm_, middle_.data());
  feed_forward(bench, rows, values, middle_.data(), part);
  bench.drop_and_add_rows(output_bits_, rows, part, middle_.data(), part);
  bench.normalize(output_norm(), values, rows, part, output_norm_, out_.data());
}

template <class Real>
void EncoderLayer<Real>::backward(Workbench<Real>& bench,
                                  const TokenLayout& batch,
                                  const Real* values,
                                  Real* d_out,
                                  Real* d_x,
                                  Real* gradients) {
  const std::int64_t rows = bench.rows_of(rows_, batch);
  const std::int64_t hidden = bench.config().hidden;
  Real* const part = bench.narrow.data();
  Real* const d_middle = d_middle_.data();
  if (bench.is_pre()) {
    bench.drop_rows(output_bits_, rows, d_out, part);
    feed_forward_backward(bench, rows, values, fed_.data(), part, d_middle, Into::fresh, gradients);
    bench.normalize_backward(
        output_norm(), values, rows, output_norm_, d_middle, gradients, d_middle);
    bench.kernels().add(d_out, rows * hidden, d_middle);
    bench.drop_rows(dense_bits_, rows, d_middle, part);
    attend_backward(bench, batch, values, part, d_x, gradients);
    bench.normalize_backward(
        attention_norm(), values, batch.tokens(), attention_norm_, d_x, gradients, d_x);
  } else {
    bench.normalize_backward(output_norm(), values, rows, output_norm_, d_out, gradients, d_middle);
    bench.drop_rows(output_bits_, rows, d_middle, part);
    feed_forward_backward(
        bench, rows, values, middle_.data(), part, d_middle, Into::sum, gradients);
    bench.normalize_backward(
        attention_norm(), values, rows, attention_norm_, d_middle, gradients, d_middle);
    bench.drop_rows(dense_bits_, rows, d_middle, part);
    attend_backward(bench, batch, values, part, d_x, gradients);
  }
  if (is_last()) {
    bench.add_to_first(batch, d_middle, d_x);
  } else {
    bench.kernels().add(d_middle, rows * hidden, d_x);
  }
}

template <class Real>
Head<Real> EncoderLayer<Real>::head_of(Workbench<Real>& bench,
                                       const TokenLayout& batch,
                                       std::int64_t example,
                                       std::int64_t number) {
  const ModelConfig& config = bench.config();
  const std::int64_t hidden = config.hidden;
  const std::int64_t width = hidden / config.heads;
  const std::int64_t column = number * width;
  const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
  const Real* const first = qkv_.data() + token * 3 * hidden + column;
  return {.queries = is_last() ? 1 : batch.length(example),
          .keys = batch.length(example),
          .width = width,
          .q = is_last() ? first_q_.data() + example * hidden + column : first,
          .q_stride = is_last() ? hidden : 3 * hidden,
          .k = first + hidden,
          .v = first + 2 * hidden,
          .kv_stride = 3 * hidden,
          .scale = static_cast<Real>(1 / std::sqrt(static_cast<double>(width))),
          .probabilities = probabilities_.data() + batch.square_of(example, number, config.heads),
          .kept = bench.drops()
                      ? attention_bits_.data() + batch.bits_of(example, number, config.heads)
                      : nullptr,
          .keep_scale = bench.keep_scale(),
          .scratch = bench.head.data()};
}

template <class Real>
void EncoderLayer<Real>::project(Workbench<Real>& bench,
                                 const TokenLayout& batch,
                                 const Real* values) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t tokens = batch.tokens();
  const Real* const matrix = values + plan_.qkv;
  const Real* const bias = values + plan_.qkv_bias;
  const Rows<const Real> attended{attended_, hidden};
  const Rows<Real> qkv{qkv_.data(), 3 * hidden};
  if (!is_last()) {
    bench.linear().forward({3 * hidden, hidden}, matrix, bias, attended, tokens, qkv);
    return;
  }
  bench.linear().forward({2 * hidden, hidden},
                         matrix + hidden * hidden,
                         bias + hidden,
                         attended,
                         tokens,
                         qkv.from_column(hidden));
  bench.gather_first(batch, attended_, first_attended_.data());
  bench.linear().forward({hidden, hidden},
                         matrix,
                         bias,
                         {first_attended_.data(), hidden},
                         batch.examples(),
                         {first_q_.data(), hidden});
}

/// From the gradients of q, k and v, which lie in `wide` as q, k and v lie in qkv_.
template <class Real>
void EncoderLayer<Real>::project_backward(Workbench<Real>& bench,
                                          const TokenLayout& batch,
                                          const Real* values,
                                          Real* d_x,
                                          Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t tokens = batch.tokens();
  const Real* const matrix = values + plan_.qkv;
  Real* const d_matrix = gradients + plan_.qkv;
  Real* const d_bias = gradients + plan_.qkv_bias;
  const Rows<const Real> attended{attended_, hidden};
  const Rows<const Real> d_qkv{bench.wide.data(), 3 * hidden};
  Linear<Real>& linear = bench.linear();
  if (!is_last()) {
    const LinearShape shape{3 * hidden, hidden};
    linear.backward_parameters(shape, d_qkv, attended, tokens, d_matrix, d_bias);
    linear.backward_input(shape, matrix, d_qkv, tokens, {d_x, hidden}, Into::fresh);
    return;
  }
  const LinearShape kv{2 * hidden, hidden};
  const Rows<const Real> d_kv = d_qkv.from_column(hidden);
  linear.backward_parameters(
      kv, d_kv, attended, tokens, d_matrix + hidden * hidden, d_bias + hidden);
  linear.backward_input(kv, matrix + hidden * hidden, d_kv, tokens, {d_x, hidden}, Into::fresh);
  const LinearShape q{hidden, hidden};
  const Rows<const Real> d_q{d_qkv_first_.data(), hidden};
  linear.backward_parameters(
      q, d_q, {first_attended_.data(), hidden}, batch.examples(), d_matrix, d_bias);
  Real* const d_first = bench.gathered.data();
  linear.backward_input(q, matrix, d_q, batch.examples(), {d_first, hidden}, Into::fresh);
  bench.add_to_first(batch, d_first, d_x);
}

template <class Real>
void EncoderLayer<Real>::attend(Workbench<Real>& bench,
                                const TokenLayout& batch,
                                const Real* values,
                                Real* out) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t heads = bench.config().heads;
  project(bench, batch, values);
  bench.fill_attention_bits(number_, batch, rows_, attention_bits_);
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t row = is_last() ? example : batch.offsets[static_cast<std::size_t>(example)];
    for (std::int64_t number = 0; number < heads; ++number) {
      bench.kernels().attend(head_of(bench, batch, example, number),
                             context_.data() + row * hidden + number * (hidden / heads),
                             hidden);
    }
  }
  bench.linear().forward({hidden, hidden},
                         values + plan_.dense,
                         values + plan_.dense_bias,
                         {context_.data(), hidden},
                         bench.rows_of(rows_, batch),
                         {out, hidden});
}

template <class Real>
void EncoderLayer<Real>::attend_backward(Workbench<Real>& bench,
                                         const TokenLayout& batch,
                                         const Real* values,
                                         const Real* d_out,
                                         Real* d_x,
                                         Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t heads = bench.config().heads;
  const std::int64_t rows = bench.rows_of(rows_, batch);
  const LinearShape shape{hidden, hidden};
  bench.linear().backward_parameters(shape,
                                     {d_out, hidden},
                                     {context_.data(), hidden},
                                     rows,
                                     gradients + plan_.dense,
                                     gradients + plan_.dense_bias);
  // d_x is free until the end: it holds the context's gradient meanwhile.
  Real* const d_context = d_x;
  bench.linear().backward_input(
      shape, values + plan_.dense, {d_out, hidden}, rows, {d_context, hidden}, Into::fresh);
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
    const std::int64_t row = is_last() ? example : token;
    for (std::int64_t number = 0; number < heads; ++number) {
      const std::int64_t column = number * (hidden / heads);
      Real* const d_qkv = bench.wide.data() + token * 3 * hidden + column;
      bench.kernels().attend_backward(
          head_of(bench, batch, example, number),
          d_context + row * hidden + column,
          hidden,
          is_last() ? d_qkv_first_.data() + example * hidden + column : d_qkv,
          d_qkv + hidden,
          d_qkv + 2 * hidden);
    }
  }
  project_backward(bench, batch, values, d_x, gradients);
}

template <class Real>
void EncoderLayer<Real>::feed_forward(
    Workbench<Real>& bench, std::int64_t rows, const Real* values, const Real* x, Real* out) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t intermediate = bench.config().intermediate;
  bench.linear().forward({intermediate, hidden},
                         values + plan_.intermediate,
                         values + plan_.intermediate_bias,
                         {x, hidden},
                         rows,
                         {inner_.data(), intermediate});
  activation_of(bench)(inner_.data(), rows * intermediate, inner_.data(), slope_.data());
  bench.linear().forward({hidden, intermediate},
                         values + plan_.output,
                         values + plan_.output_bias,
                         {inner_.data(), intermediate},
                         rows,
                         {out, hidden});
}

template <class Real>
void EncoderLayer<Real>::feed_forward_backward(Workbench<Real>& bench,
                                               std::int64_t rows,
                                               const Real* values,
                                               const Real* x,
                                               const Real* d_out,
                                               Real* d_x,
                                               Into into,
                                               Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t intermediate = bench.config().intermediate;
  const LinearShape outwards{hidden, intermediate};
  const LinearShape inwards{intermediate, hidden};
  const Rows<Real> d_inner{bench.wide.data(), intermediate};
  Linear<Real>& linear = bench.linear();
  linear.backward_parameters(outwards,
                             {d_out, hidden},
                             {inner_.data(), intermediate},
                             rows,
                             gradients + plan_.output,
                             gradients + plan_.output_bias);
  linear.backward_input(
      outwards, values + plan_.output, {d_out, hidden}, rows, d_inner, Into::fresh);
  bench.kernels().multiply_by(d_inner.values, slope_.data(), rows * intermediate, d_inner.values);
  const Rows<const Real> d_before{d_inner.values, intermediate};
  linear.backward_parameters(inwards,
                             d_before,
                             {x, hidden},
                             rows,
                             gradients + plan_.intermediate,
                             gradients + plan_.intermediate_bias);
  linear.backward_input(inwards, values + plan_.intermediate, d_before, rows, {d_x, hidden}, into);
}

template class EncoderLayer<float>;
template class EncoderLayer<double>;

}  // namespace tarama::packed
