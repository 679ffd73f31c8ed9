// The way forward. See bert_pass.hpp.
#include "core/sweep/assert.hpp"
#include "worker/cuda/kernels/attend.hpp"
#include "worker/cuda/kernels/head_kernels.hpp"
#include "worker/cuda/model/bert_pass.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::cuda {

template <class T>
BertPass<T>::BertPass(Device& device,
                      StreamId stream,
                      const ModelConfig& config,
                      const packed::ModelPlan& plan,
                      const PassShape& most,
                      Address gradients)
    : device_(device),
      config_(config),
      plan_(plan),
      gradients_(gradients),
      embedded_(device,
                most.tokens,
                config.hidden,
                order_of(config.norm),
                gradients != 0 ? Keeps::for_backward : Keeps::scores_alone),
      product_(device, most.tokens * config.hidden),
      head_(device, config, most.examples) {
  const bool keeps = gradients != 0;
  // Without a way back two layers' buffers are enough: each reads the other's.
  const std::int64_t count = keeps ? config.layers : std::min<std::int64_t>(config.layers, 2);
  for (std::int64_t layer = 0; layer < count; ++layer) {
    const std::int64_t rows = keeps && is_last(layer) ? most.examples : most.tokens;
    layers_.push_back(make_layer_buffers<T>(
        device, config, most.tokens, rows, keeps ? Keeps::for_backward : Keeps::scores_alone));
  }
  if (keeps) {
    back_.emplace(device, config, most);
    sums_.emplace(device, stream, sum_targets(), gradients);
  } else {
    back_.reset();
  }
}

template <class T>
NormPlaces BertPass<T>::first_norm() const {
  return config_.norm == Norm::post ? NormPlaces{plan_.embedding_gain, plan_.embedding_shift}
                                    : NormPlaces{plan_.layers.front().attention_gain,
                                                 plan_.layers.front().attention_shift};
}

template <class T>
NormPlaces BertPass<T>::middle_norm(std::int64_t layer) const {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  return config_.norm == Norm::post ? NormPlaces{plan.attention_gain, plan.attention_shift}
                                    : NormPlaces{plan.output_gain, plan.output_shift};
}

template <class T>
NormPlaces BertPass<T>::out_norm(std::int64_t layer) const {
  const auto number = static_cast<std::size_t>(layer);
  if (config_.norm == Norm::post) {
    return {plan_.layers[number].output_gain, plan_.layers[number].output_shift};
  }
  if (is_last(layer)) {
    return {plan_.final_gain, plan_.final_shift};
  }
  return {plan_.layers[number + 1].attention_gain, plan_.layers[number + 1].attention_shift};
}

template <class T>
NormArgs BertPass<T>::norm_args(const PassContext& context,
                                const NormPlaces& places,
                                const StreamBuffers<T>& buffers) const {
  return {.gain = value(context, places.gain),
          .shift = value(context, places.shift),
          .normal = buffers.normal.ptr(),
          .inverse = buffers.inverse.ptr(),
          .eps = static_cast<float>(config_.layer_norm_eps)};
}

template <class T>
Grid BertPass<T>::row_grid(const PassContext& context, RowsOf rows) const {
  return {.blocks_x = static_cast<Int32>(context.shape.rows(rows)),
          .threads = row_threads(static_cast<Int32>(config_.hidden))};
}

template <class T>
void BertPass<T>::forward(const PassContext& context, const LossPlaces& loss) {
  embed(context);
  for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
    forward_layer(context, layer);
  }
  classify(context, loss);
}

template <class T>
void BertPass<T>::embed(const PassContext& context) {
  launch<Embed<T>>(device_,
                   context.stream,
                   row_grid(context, RowsOf::tokens),
                   {.batch = context.batch,
                    .hidden = static_cast<Int32>(config_.hidden),
                    .order = order_of(config_.norm),
                    .words = value(context, plan_.words),
                    .positions = value(context, plan_.positions),
                    .types = value(context, plan_.types),
                    .norm = norm_args(context, first_norm(), embedded_),
                    .dropout = context.dropout.at(DropPlace::embeddings),
                    .stream = embedded_.stream.ptr(),
                    .operand = embedded_.operand_or_null()});
}

template <class T>
AttentionInputs<T> BertPass<T>::attention_inputs(const PassContext& context, std::int64_t layer) {
  const std::int64_t width = config_.hidden / config_.heads;
  return {.batch = context.batch,
          .queries = rows_of(layer),
          .hidden = static_cast<Int32>(config_.hidden),
          .head_width = static_cast<Int32>(width),
          .qkv = buffers(layer).qkv.read(),
          .bias = value(context, plan_.layers[static_cast<std::size_t>(layer)].qkv_bias),
          .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(width))),
          .dropout = context.dropout.at(DropPlace::attention, layer)};
}

template <class T>
void BertPass<T>::forward_layer(const PassContext& context, std::int64_t layer) {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  LayerBuffers<T>& to = buffers(layer);
  const RowsOf kind = rows_of(layer);
  const std::int64_t rows = context.shape.rows(kind);
  const std::int64_t hidden = config_.hidden;
  const auto add = [&](std::int64_t bias,
                       const DeviceArray<float>& residual,
                       bool is_by_token,
                       const NormPlaces& norm,
                       const Dropout& dropout,
                       StreamBuffers<T>& out) {
    launch<AddAndNormalize<T>>(device_,
                               context.stream,
                               row_grid(context, kind),
                               {.batch = context.batch,
                                .rows = kind,
                                .hidden = static_cast<Int32>(hidden),
                                .order = order_of(config_.norm),
                                .residual_is_by_token = is_by_token ? 1 : 0,
                                .x = product_.read(),
                                .bias = value(context, bias),
                                .residual = residual.read(),
                                .norm = norm_args(context, norm, out),
                                .dropout = dropout,
                                .stream = out.stream.ptr(),
                                .operand = out.operand_or_null()});
  };
  forward_linear<T, T>(device_,
                       context.stream,
                       {3 * hidden, hidden},
                       context.shape.tokens,
                       matrix(context, plan.qkv),
                       read_by(layer).operand(),
                       to.qkv.address());
  launch<Attend<T>>(device_,
                    context.stream,
                    {.blocks_x = static_cast<Int32>(context.shape.examples + 1),
                     .blocks_y = static_cast<Int32>(config_.heads),
                     .threads = attention_threads},
                    {.in = attention_inputs(context, layer),
                     .rows = static_cast<Int32>(rows),
                     .context = to.context.ptr(),
                     .log_sum = to.log_sum.ptr()});
  forward_linear<T, float>(device_,
                           context.stream,
                           {hidden, hidden},
                           rows,
                           matrix(context, plan.dense),
                           to.context.address(),
                           product_.address());
  add(plan.dense_bias,
      read_by(layer).stream,
      /*is_by_token=*/is_last(layer),
      middle_norm(layer),
      context.dropout.at(DropPlace::attention_output, layer),
      to.middle);
  feed_forward(context, layer);
  add(plan.output_bias,
      to.middle.stream,
      /*is_by_token=*/false,
      out_norm(layer),
      context.dropout.at(DropPlace::feed_forward, layer),
      to.out);
}

/// The second matrix's result is left in product_.
template <class T>
void BertPass<T>::feed_forward(const PassContext& context, std::int64_t layer) {
  const packed::LayerPlan& plan = plan_.layers[static_cast<std::size_t>(layer)];
  LayerBuffers<T>& to = buffers(layer);
  const RowsOf kind = rows_of(layer);
  const std::int64_t rows = context.shape.rows(kind);
  forward_linear<T, T>(device_,
                       context.stream,
                       {config_.intermediate, config_.hidden},
                       rows,
                       matrix(context, plan.intermediate),
                       to.middle.operand(),
                       to.before.address());
  launch<Activate<T>>(device_,
                      context.stream,
                      {.blocks_x = static_cast<Int32>(rows), .threads = most_row_threads},
                      {activation_args(context, layer), to.inner.ptr()});
  forward_linear<T, float>(device_,
                           context.stream,
                           {config_.hidden, config_.intermediate},
                           rows,
                           matrix(context, plan.output),
                           to.inner.address(),
                           product_.address());
}

template <class T>
ActivateArgs<T> BertPass<T>::activation_args(const PassContext& context, std::int64_t layer) {
  return {.batch = context.batch,
          .rows = rows_of(layer),
          .width = static_cast<Int32>(config_.intermediate),
          .curve = curve_of(config_.activation),
          .x = buffers(layer).before.read(),
          .bias = value(context, plan_.layers[static_cast<std::size_t>(layer)].intermediate_bias)};
}

template <class T>
void BertPass<T>::classify(const PassContext& context, const LossPlaces& loss) {
  const std::int64_t examples = context.shape.examples;
  forward_linear<T, float>(device_,
                           context.stream,
                           {config_.hidden, config_.hidden},
                           examples,
                           matrix(context, plan_.pooler),
                           buffers(config_.layers - 1).out.operand(),
                           product_.address());
  launch<Pool>(device_,
               context.stream,
               row_grid(context, RowsOf::examples),
               {.batch = context.batch,
                .hidden = static_cast<Int32>(config_.hidden),
                .x = product_.read(),
                .bias = value(context, plan_.pooler_bias),
                .dropout = context.dropout.at(DropPlace::classifier),
                .pooled = head_.pooled.ptr(),
                .dropped = head_.dropped.ptr()});
  forward_linear<float, float>(
      device_,
      context.stream,
      {config_.classes, config_.hidden},
      examples,
      context.parameters.values + static_cast<Address>(plan_.classifier) * sizeof(float),
      head_.dropped.address(),
      head_.scores.address());
  launch<CrossEntropy>(device_,
                       context.stream,
                       {.blocks_x = static_cast<Int32>((examples + CrossEntropy::most_threads - 1) /
                                                       CrossEntropy::most_threads),
                        .threads = CrossEntropy::most_threads},
                       {.batch = context.batch,
                        .rows = static_cast<Int32>(examples),
                        .classes = static_cast<Int32>(config_.classes),
                        .scores = head_.scores.read(),
                        .bias = value(context, plan_.classifier_bias),
                        .d_scores = back_ ? back_->d_scores.ptr() : Ptr<float>(),
                        .losses = loss.losses,
                        .likeliest = loss.likeliest});
}

template class BertPass<float>;
template class BertPass<BFloat16>;

}  // namespace tarama::cuda
