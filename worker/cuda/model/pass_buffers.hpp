// The device's memory of a pass: what each layer leaves for the way back, and scratch.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/model/pass_shape.hpp"

#include <cstdint>
#include <vector>

namespace tarama::cuda {

enum class Keeps { for_backward, scores_alone };

/// What a sum of the stream and its LayerNorm leave. norm: post: the LayerNorm's result is the
/// stream; pre: the operand alone.
template <class T>
struct StreamBuffers {
  StreamBuffers() = default;

  StreamBuffers(
      Device& device, std::int64_t rows, std::int64_t hidden, NormOrder order, Keeps keeps)
      : stream(device, rows * hidden) {
    if (order == NormOrder::pre || number_type<T> != NumberType::float32) {
      operand_ = DeviceArray<T>(device, rows * hidden);
    }
    if (keeps == Keeps::for_backward) {
      normal = DeviceArray<float>(device, rows * hidden);
      inverse = DeviceArray<float>(device, rows);
    }
  }

  /// What products read.
  [[nodiscard]] Address operand() const {
    return operand_.count() > 0 ? operand_.address() : stream.address();
  }

  /// Null where the stream is it.
  [[nodiscard]] Ptr<T> operand_or_null() const { return operand_.ptr(); }

  DeviceArray<float> stream;
  DeviceArray<float> normal;
  DeviceArray<float> inverse;

 private:
  DeviceArray<T> operand_;
};

template <class T>
struct LayerBuffers {
  DeviceArray<T> qkv;          // [tokens, 3 hidden]
  DeviceArray<T> context;      // [rows, hidden]
  DeviceArray<float> log_sum;  // [heads, rows]
  StreamBuffers<T> middle;     // behind the attention
  DeviceArray<T> before;       // [rows, intermediate], without the bias
  DeviceArray<T> inner;        // [rows, intermediate], behind the activation
  StreamBuffers<T> out;
};

template <class T>
[[nodiscard]] LayerBuffers<T> make_layer_buffers(Device& device,
                                                 const ModelConfig& config,
                                                 std::int64_t tokens,
                                                 std::int64_t rows,
                                                 Keeps keeps) {
  const NormOrder order = order_of(config.norm);
  LayerBuffers<T> layer;
  layer.qkv = DeviceArray<T>(device, tokens * 3 * config.hidden);
  layer.context = DeviceArray<T>(device, rows * config.hidden);
  if (keeps == Keeps::for_backward) {
    layer.log_sum = DeviceArray<float>(device, rows * config.heads);
  }
  layer.middle = StreamBuffers<T>(device, rows, config.hidden, order, keeps);
  layer.before = DeviceArray<T>(device, rows * config.intermediate);
  layer.inner = DeviceArray<T>(device, rows * config.intermediate);
  layer.out = StreamBuffers<T>(device, rows, config.hidden, order, keeps);
  return layer;
}

struct HeadBuffers {
  HeadBuffers(Device& device, const ModelConfig& config, std::int64_t examples)
      : pooled(device, examples * config.hidden),
        dropped(device, examples * config.hidden),
        scores(device, examples * config.classes) {}

  DeviceArray<float> pooled;
  DeviceArray<float> dropped;
  DeviceArray<float> scores;  // without the bias
};

/// Gradients on their way back, each of one layer at a time. `rows` are tokens.
template <class T>
struct BackwardBuffers {
  BackwardBuffers(Device& device, const ModelConfig& config, const PassShape& most)
      : d_scores(device, most.examples * config.classes),
        d_dropped(device, most.examples * config.hidden),
        d_pool(device, most.examples * config.hidden),
        d_norm{{device, most.tokens * config.hidden}, {device, most.tokens * config.hidden}},
        d_attended{{device, most.tokens * config.hidden}, {device, most.tokens * config.hidden}},
        d_spread(device, most.tokens * config.hidden),
        d_out(device, most.tokens * config.hidden),
        d_fed(device, most.tokens * config.hidden),
        d_output(device, most.tokens * config.hidden),
        d_dense(device, most.tokens * config.hidden),
        d_inner(device, most.tokens * config.intermediate),
        d_context(device, most.tokens * config.hidden),
        d_query(device, most.tokens * config.hidden),
        d_qkv(device, most.tokens * 3 * config.hidden) {}

  DeviceArray<float> d_scores;
  DeviceArray<float> d_dropped;
  DeviceArray<T> d_pool;
  DeviceArray<float> d_norm[2];      // of a LayerNorm's result; taken in turns with norm: pre
  DeviceArray<float> d_attended[2];  // of the sum behind the attention; in turns with norm: post
  DeviceArray<float> d_spread;       // that of the last layer, by token
  DeviceArray<float> d_out;          // of the sum behind the feed-forward part
  DeviceArray<float> d_fed;          // norm: pre; of what the feed-forward part reads
  DeviceArray<T> d_output;           // of the second matrix's result
  DeviceArray<T> d_dense;            // of the result of the matrix behind the attention
  DeviceArray<T> d_inner;
  DeviceArray<T> d_context;
  DeviceArray<float> d_query;  // scratch of the attention
  DeviceArray<T> d_qkv;
};

}  // namespace tarama::cuda
