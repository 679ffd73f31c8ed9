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
  if (is_last()) {
    first_.emplace(bench, plan, number);
  } else {
    qkv_ = Buffer<Real>(most.tokens * 3 * hidden);
    probabilities_ = Buffer<Real>(most.squares * config.heads);
    attention_bits_ = Buffer<std::uint64_t>(most.bits * config.heads);
  }
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
  const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
  const Real* const first = qkv_.data() + token * 3 * hidden + number * width;
  return {.queries = batch.length(example),
          .keys = batch.length(example),
          .width = width,
          .q = first,
          .q_stride = 3 * hidden,
          .k = first + hidden,
          .v = first + 2 * hidden,
          .kv_stride = 3 * hidden,
          .scale = static_cast<Real>(1 / std::sqrt(static_cast<double>(width))),
          .probabilities = probabilities_.data() + batch.square_of(example, number, config.heads),
          .kept = bench.drops()
                      ? attention_bits_.data() + batch.bits_of(example, number, config.heads)
                      : nullptr,
          .kept_stride = batch.length(example),
          .keep_scale = bench.keep_scale(),
          .sums = nullptr,
          .d_sums = nullptr,
          .scratch = bench.head.data()};
}

template <class Real>
void EncoderLayer<Real>::look(Workbench<Real>& bench,
                              const TokenLayout& batch,
                              const Real* values) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t heads = bench.config().heads;
  bench.linear().forward({3 * hidden, hidden},
                         values + plan_.qkv,
                         values + plan_.qkv_bias,
                         {attended_, hidden},
                         batch.tokens(),
                         {qkv_.data(), 3 * hidden});
  bench.fill_attention_bits(number_, batch, rows_, attention_bits_);
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
    for (std::int64_t number = 0; number < heads; ++number) {
      bench.kernels().attend(head_of(bench, batch, example, number),
                             context_.data() + token * hidden + number * (hidden / heads),
                             hidden);
    }
  }
}

template <class Real>
void EncoderLayer<Real>::look_backward(Workbench<Real>& bench,
                                       const TokenLayout& batch,
                                       const Real* values,
                                       const Real* d_context,
                                       Real* d_x,
                                       Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t heads = bench.config().heads;
  for (std::int64_t example = 0; example < batch.examples(); ++example) {
    const std::int64_t token = batch.offsets[static_cast<std::size_t>(example)];
    for (std::int64_t number = 0; number < heads; ++number) {
      const std::int64_t column = number * (hidden / heads);
      Real* const d_qkv = bench.wide.data() + token * 3 * hidden + column;
      bench.kernels().attend_backward(head_of(bench, batch, example, number),
                                      d_context + token * hidden + column,
                                      hidden,
                                      d_qkv,
                                      d_qkv + hidden,
                                      d_qkv + 2 * hidden);
    }
  }
  const LinearShape shape{3 * hidden, hidden};
  const Rows<const Real> d_qkv{bench.wide.data(), 3 * hidden};
  bench.linear().backward_parameters(shape,
                                     d_qkv,
                                     {attended_, hidden},
                                     batch.tokens(),
                                     gradients + plan_.qkv,
                                     gradients + plan_.qkv_bias);
  bench.linear().backward_input(
      shape, values + plan_.qkv, d_qkv, batch.tokens(), {d_x, hidden}, Into::fresh);
}

template <class Real>
void EncoderLayer<Real>::attend(Workbench<Real>& bench,
                                const TokenLayout& batch,
                                const Real* values,
                                Real* out) {
  const std::int64_t hidden = bench.config().hidden;
  if (is_last()) {
    first_->forward(bench, batch, values, attended_, context_.data());
  } else {
    look(bench, batch, values);
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
  if (is_last()) {
    first_->backward(bench, batch, values, d_context, d_x, gradients);
  } else {
    look_backward(bench, batch, values, d_context, d_x, gradients);
  }
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
