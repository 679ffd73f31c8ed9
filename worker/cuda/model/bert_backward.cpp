// The way back. See bert_pass.hpp.
#include "core/sweep/assert.hpp"
#include "worker/cuda/kernels/attend_backward.hpp"
#include "worker/cuda/kernels/head_kernels.hpp"
#include "worker/cuda/model/bert_pass.hpp"

namespace tarama::cuda {

/// In the order of the sums below.
template <class T>
std::vector<std::pair<std::int64_t, std::int64_t>> BertPass<T>::sum_targets() const {
  std::vector<std::pair<std::int64_t, std::int64_t>> targets = {
      {plan_.classifier_bias, config_.classes}, {plan_.pooler_bias, config_.hidden}};
  const auto add_norm = [&](const NormPlaces& norm) {
    targets.emplace_back(norm.gain, config_.hidden);
    targets.emplace_back(norm.shift, config_.hidden);
  };
  for (std::int64_t layer = config_.layers - 1; layer >= 0; --layer) {
    const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
    add_norm(out_norm(layer));
    targets.emplace_back(plan.output_bias, config_.hidden);
    targets.emplace_back(plan.intermediate_bias, config_.intermediate);
    add_norm(middle_norm(layer));
    targets.emplace_back(plan.dense_bias, config_.hidden);
    targets.emplace_back(plan.qkv_bias, 3 * config_.hidden);
  }
  add_norm(first_norm());
  for (std::int64_t type = 0; type < config_.type_vocab_size; ++type) {
    targets.emplace_back(plan_.types + type * config_.hidden, config_.hidden);
  }
  return targets;
}

template <class T>
SummedRows BertPass<T>::summed(RowsOf rows, const DeviceArray<T>& x) const {
  SummedRows matrix{.rows = rows};
  if constexpr (number_type<T> == NumberType::float32) {
    matrix.x = x.read();
  } else {
    matrix.x16 = x.read();
  }
  return matrix;
}

template <class T>
void BertPass<T>::backward(const PassContext& context, Into into) {
  TARAMA_ASSERT(back_.has_value(), "a pass for scores alone has no way back");
  sums_->begin();
  turn_ = 0;
  Incoming incoming = backward_head(context, into);
  for (std::int64_t layer = config_.layers - 1; layer >= 0; --layer) {
    incoming = backward_layer(context, layer, incoming, into);
  }
  backward_embeddings(context, incoming, into);
  sums_->finish(context, into);
}

template <class T>
typename BertPass<T>::Incoming BertPass<T>::backward_head(const PassContext& context, Into into) {
  const std::int64_t examples = context.shape.examples;
  const LinearShape classifier{config_.classes, config_.hidden};
  const LinearShape pooler{config_.hidden, config_.hidden};
  backward_linear<float, float>(device_,
                                context.stream,
                                classifier,
                                examples,
                                {.matrix = value(context, plan_.classifier).address(),
                                 .x = head_.dropped.address(),
                                 .d_y = back_->d_scores.address(),
                                 .d_matrix = gradient(plan_.classifier),
                                 .d_x = back_->d_dropped.address()},
                                into);
  launch<PoolBackward<T>>(device_,
                          context.stream,
                          row_grid(context, RowsOf::examples),
                          {.batch = context.batch,
                           .hidden = static_cast<Int32>(config_.hidden),
                           .d_dropped = back_->d_dropped.read(),
                           .pooled = head_.pooled.read(),
                           .dropout = context.dropout.at(DropPlace::classifier),
                           .d_x = back_->d_pool.ptr()});
  const Address d_norm = back_->d_norm[0].address();
  backward_linear<T, float>(device_,
                            context.stream,
                            pooler,
                            examples,
                            {.matrix = matrix(context, plan_.pooler),
                             .x = buffers(config_.layers - 1).out.operand(),
                             .d_y = back_->d_pool.address(),
                             .d_matrix = gradient(plan_.pooler),
                             .d_x = d_norm},
                            into);
  sums_->sum(context,
             {{.rows = RowsOf::examples, .x = back_->d_scores.read()},
              summed(RowsOf::examples, back_->d_pool)});
  return {.d_norm = d_norm};
}

template <class T>
void BertPass<T>::normalize_backward(const PassContext& context,
                                     RowsOf rows,
                                     const Incoming& incoming,
                                     const NormPlaces& norm,
                                     const StreamBuffers<T>& state,
                                     const Dropout& dropout,
                                     Address d_sum,
                                     Ptr<T> d_part) {
  launch<NormalizeBackward<T>>(device_,
                               context.stream,
                               row_grid(context, rows),
                               {.batch = context.batch,
                                .rows = rows,
                                .hidden = static_cast<Int32>(config_.hidden),
                                .drops_first = 0,
                                .d_norm = Ptr<float>(incoming.d_norm),
                                .d_plus = Ptr<const float>(incoming.d_plus),
                                .gain = value(context, norm.gain),
                                .normal = state.normal.read(),
                                .inverse = state.inverse.read(),
                                .dropout = dropout,
                                .d_sum = Ptr<float>(d_sum),
                                .d_part = d_part,
                                .d_part_float = Ptr<float>()});
}

template <class T>
typename BertPass<T>::Incoming BertPass<T>::backward_layer(const PassContext& context,
                                                           std::int64_t layer,
                                                           const Incoming& incoming,
                                                           Into into) {
  backward_feed_forward(context, layer, incoming, into);
  backward_attention(context, layer, into);
  sum_layer(context, layer, incoming);
  // Behind the sums, which read what this may write over.
  return backward_projection(context, layer, into);
}

template <class T>
void BertPass<T>::backward_feed_forward(const PassContext& context,
                                        std::int64_t layer,
                                        const Incoming& incoming,
                                        Into into) {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  LayerBuffers<T>& from = buffers(layer);
  const RowsOf kind = rows_of(layer);
  const std::int64_t rows = context.shape.rows(kind);
  const LinearShape outwards{config_.hidden, config_.intermediate};
  const LinearShape inwards{config_.intermediate, config_.hidden};
  normalize_backward(context,
                     kind,
                     incoming,
                     out_norm(layer),
                     from.out,
                     context.dropout.at(DropPlace::feed_forward, layer),
                     back_->d_out.address(),
                     back_->d_output.ptr());
  backward_linear<T, T>(device_,
                        context.stream,
                        outwards,
                        rows,
                        {.matrix = matrix(context, plan.output),
                         .x = from.inner.address(),
                         .d_y = back_->d_output.address(),
                         .d_matrix = gradient(plan.output),
                         .d_x = back_->d_inner.address()},
                        into);
  launch<ActivateBackward<T>>(device_,
                              context.stream,
                              {.blocks_x = static_cast<Int32>(rows), .threads = most_row_threads},
                              {activation_args(context, layer), back_->d_inner.ptr()});
  // norm: post: what it reads goes into the sum as well.
  backward_linear<T, float>(device_,
                            context.stream,
                            inwards,
                            rows,
                            {.matrix = matrix(context, plan.intermediate),
                             .x = from.middle.operand(),
                             .d_y = back_->d_inner.address(),
                             .d_matrix = gradient(plan.intermediate),
                             .d_x = d_middle_norm()},
                            into,
                            config_.norm == Norm::post ? Into::sum : Into::fresh);
}

template <class T>
void BertPass<T>::backward_attention(const PassContext& context, std::int64_t layer, Into into) {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  LayerBuffers<T>& from = buffers(layer);
  const RowsOf kind = rows_of(layer);
  const std::int64_t rows = context.shape.rows(kind);
  const LinearShape dense{config_.hidden, config_.hidden};
  const Address d_plus = config_.norm == Norm::pre ? back_->d_out.address() : 0;
  turn_ = 1 - turn_;
  normalize_backward(context,
                     kind,
                     {.d_norm = d_middle_norm(), .d_plus = d_plus},
                     middle_norm(layer),
                     from.middle,
                     context.dropout.at(DropPlace::attention_output, layer),
                     back_->d_attended[turn_].address(),
                     back_->d_dense.ptr());
  backward_linear<T, T>(device_,
                        context.stream,
                        dense,
                        rows,
                        {.matrix = matrix(context, plan.dense),
                         .x = from.context.address(),
                         .d_y = back_->d_dense.address(),
                         .d_matrix = gradient(plan.dense),
                         .d_x = back_->d_context.address()},
                        into);
  launch<AttendBackward<T>>(device_,
                            context.stream,
                            {.blocks_x = static_cast<Int32>(context.shape.examples + 1),
                             .blocks_y = static_cast<Int32>(config_.heads),
                             .threads = attention_threads},
                            {.in = attention_inputs(context, layer),
                             .rows = static_cast<Int32>(rows),
                             .tokens = static_cast<Int32>(context.shape.tokens),
                             .context = from.context.read(),
                             .log_sum = from.log_sum.read(),
                             .d_context = back_->d_context.read(),
                             .d_query = back_->d_query.ptr(),
                             .d_qkv = back_->d_qkv.ptr()});
}

template <class T>
typename BertPass<T>::Incoming BertPass<T>::backward_projection(const PassContext& context,
                                                                std::int64_t layer,
                                                                Into into) {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  const LinearShape qkv{3 * config_.hidden, config_.hidden};
  Address d_residual = back_->d_attended[turn_].address();
  if (is_last(layer)) {
    launch<SpreadFirst>(device_,
                        context.stream,
                        row_grid(context, RowsOf::tokens),
                        {.batch = context.batch,
                         .hidden = static_cast<Int32>(config_.hidden),
                         .by_example = back_->d_attended[turn_].read(),
                         .by_token = back_->d_spread.ptr()});
    d_residual = back_->d_spread.address();
  }
  const bool is_post = config_.norm == Norm::post;
  const Address d_x = is_post ? d_residual : back_->d_norm[turn_].address();
  backward_linear<T, float>(device_,
                            context.stream,
                            qkv,
                            context.shape.tokens,
                            {.matrix = matrix(context, plan.qkv),
                             .x = read_by(layer).operand(),
                             .d_y = back_->d_qkv.address(),
                             .d_matrix = gradient(plan.qkv),
                             .d_x = d_x},
                            into,
                            is_post ? Into::sum : Into::fresh);
  return {.d_norm = d_x, .d_plus = is_post ? 0 : d_residual};
}

template <class T>
void BertPass<T>::sum_layer(const PassContext& context,
                            std::int64_t layer,
                            const Incoming& incoming) {
  LayerBuffers<T>& from = buffers(layer);
  const RowsOf kind = rows_of(layer);
  const Ptr<const float> d_out_norm(incoming.d_norm);
  const Ptr<const float> d_middle(d_middle_norm());
  sums_->sum(context,
             {{.rows = kind, .x = d_out_norm, .factor = from.out.normal.read()},
              {.rows = kind, .x = d_out_norm},
              summed(kind, back_->d_output),
              summed(kind, back_->d_inner),
              {.rows = kind, .x = d_middle, .factor = from.middle.normal.read()},
              {.rows = kind, .x = d_middle},
              summed(kind, back_->d_dense),
              summed(RowsOf::tokens, back_->d_qkv)});
}

/// d_out holds the gradient of the sum of the three embeddings behind it.
template <class T>
void BertPass<T>::backward_embeddings(const PassContext& context,
                                      const Incoming& incoming,
                                      Into into) {
  const bool is_post = config_.norm == Norm::post;
  const Int32 hidden = static_cast<Int32>(config_.hidden);
  const Ptr<float> d_sum = is_post ? back_->d_out.ptr() : back_->d_fed.ptr();
  launch<NormalizeBackward<T>>(device_,
                               context.stream,
                               row_grid(context, RowsOf::tokens),
                               {.batch = context.batch,
                                .rows = RowsOf::tokens,
                                .hidden = hidden,
                                .drops_first = is_post ? 1 : 0,
                                .d_norm = Ptr<float>(incoming.d_norm),
                                .d_plus = Ptr<const float>(incoming.d_plus),
                                .gain = value(context, first_norm().gain),
                                .normal = embedded_.normal.read(),
                                .inverse = embedded_.inverse.read(),
                                .dropout = context.dropout.at(DropPlace::embeddings),
                                .d_sum = d_sum,
                                .d_part = Ptr<T>(),
                                .d_part_float = is_post ? Ptr<float>() : back_->d_out.ptr()});
  const Ptr<const float> d_embedded = back_->d_out.read();
  launch<WordGradients>(device_,
                        context.stream,
                        {.blocks_x = static_cast<Int32>(context.shape.tokens),
                         .threads = WordGradients::most_threads},
                        {.batch = context.batch,
                         .hidden = hidden,
                         .d_x = d_embedded,
                         .gradients = Ptr<float>(gradient(plan_.words))});
  const std::int64_t position_rows = (plan_.types - plan_.positions) / config_.hidden;
  launch<PositionGradients>(
      device_,
      context.stream,
      {.blocks_x = static_cast<Int32>(position_rows), .threads = PositionGradients::most_threads},
      {.batch = context.batch,
       .hidden = hidden,
       .adds = into == Into::sum ? 1 : 0,
       .d_x = d_embedded,
       .gradients = Ptr<float>(gradient(plan_.positions))});
  const Ptr<const float> d_norm(incoming.d_norm);
  std::vector<SummedRows> matrices = {{.x = d_norm, .factor = embedded_.normal.read()},
                                      {.x = d_norm}};
  for (std::int64_t type = 0; type < config_.type_vocab_size; ++type) {
    matrices.push_back({.x = d_embedded, .type = static_cast<Int32>(type)});
  }
  sums_->sum(context, matrices);
}

// The rest is instantiated with the class, in bert_forward.cpp.
template void BertPass<float>::backward(const PassContext&, Into);
template void BertPass<BFloat16>::backward(const PassContext&, Into);
template std::vector<std::pair<std::int64_t, std::int64_t>> BertPass<float>::sum_targets() const;
template std::vector<std::pair<std::int64_t, std::int64_t>> BertPass<BFloat16>::sum_targets() const;

}  // namespace tarama::cuda
