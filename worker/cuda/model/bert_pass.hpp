// BERT's sequence classifiers as work on a device's stream: forward, loss, and backward by hand,
// over packed tokens, as worker/packed/model/packed_bert.hpp computes them on a CPU. The last layer
// works on the [CLS] rows alone behind its attention. Nothing is decided by what the device
// computes, so that a pass can be a graph.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/kernels/activation_kernels.hpp"
#include "worker/cuda/kernels/attention.hpp"
#include "worker/cuda/kernels/row_kernels.hpp"
#include "worker/cuda/model/gradient_sums.hpp"
#include "worker/cuda/model/linear.hpp"
#include "worker/cuda/model/pass_buffers.hpp"
#include "worker/cuda/model/pass_shape.hpp"
#include "worker/packed/model/model_plan.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::cuda {

/// Offsets of a LayerNorm's parameters in the plan.
struct NormPlaces {
  std::int64_t gain = 0;
  std::int64_t shift = 0;
};

/// Where losses and likeliest classes of a whole batch go.
struct LossPlaces {
  Ptr<double> losses{};
  Ptr<Int32> likeliest{};
};

/// `T` is what products read: float, or BFloat16.
template <class T>
class BertPass {
 public:
  /// `plan` outlives it. `gradients` is where they go, by the plan; 0 with scores alone. Work on
  /// `stream` is under way until it is done.
  BertPass(Device& device,
           StreamId stream,
           const ModelConfig& config,
           const packed::ModelPlan& plan,
           const PassShape& most,
           Address gradients);

  /// Scores, losses, likeliest classes; and the gradient of the scores if it keeps what backward
  /// needs.
  void forward(const PassContext& context, const LossPlaces& loss);

  /// Those of the last forward pass, [examples, classes], without the bias.
  [[nodiscard]] Address scores() const { return head_.scores.address(); }

  /// All gradients of the last forward pass's loss.
  void backward(const PassContext& context, Into into);

 private:
  /// Gradients that reach a sum of the stream: by its LayerNorm, and past it (0: nothing).
  struct Incoming {
    Address d_norm = 0;
    Address d_plus = 0;
  };

  [[nodiscard]] bool is_last(std::int64_t layer) const { return layer + 1 == config_.layers; }

  [[nodiscard]] RowsOf rows_of(std::int64_t layer) const {
    return is_last(layer) ? RowsOf::examples : RowsOf::tokens;
  }

  [[nodiscard]] LayerBuffers<T>& buffers(std::int64_t layer) {
    return layers_[static_cast<std::size_t>(layer) % layers_.size()];
  }

  /// What a layer reads.
  [[nodiscard]] StreamBuffers<T>& read_by(std::int64_t layer) {
    return layer == 0 ? embedded_ : buffers(layer - 1).out;
  }

  // The LayerNorms of the sums: of the embeddings, behind a layer's attention, behind a layer.
  [[nodiscard]] NormPlaces first_norm() const;
  [[nodiscard]] NormPlaces middle_norm(std::int64_t layer) const;
  [[nodiscard]] NormPlaces out_norm(std::int64_t layer) const;
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> sum_targets() const;

  [[nodiscard]] NormArgs norm_args(const PassContext& context,
                                   const NormPlaces& places,
                                   const StreamBuffers<T>& buffers) const;
  [[nodiscard]] AttentionInputs<T> attention_inputs(const PassContext& context, std::int64_t layer);

  [[nodiscard]] Address matrix(const PassContext& context, std::int64_t offset) const {
    return context.parameters.of_products + static_cast<Address>(offset) * sizeof(T);
  }

  [[nodiscard]] Ptr<const float> value(const PassContext& context, std::int64_t offset) const {
    return Ptr<const float>(context.parameters.values +
                            static_cast<Address>(offset) * sizeof(float));
  }

  [[nodiscard]] Address gradient(std::int64_t offset) const {
    return gradients_ + static_cast<Address>(offset) * sizeof(float);
  }

  [[nodiscard]] Grid row_grid(const PassContext& context, RowsOf rows) const;

  void embed(const PassContext& context);
  void forward_layer(const PassContext& context, std::int64_t layer);
  void feed_forward(const PassContext& context, std::int64_t layer);
  [[nodiscard]] ActivateArgs<T> activation_args(const PassContext& context, std::int64_t layer);
  void classify(const PassContext& context, const LossPlaces& loss);

  [[nodiscard]] Incoming backward_head(const PassContext& context, Into into);
  [[nodiscard]] Incoming backward_layer(const PassContext& context,
                                        std::int64_t layer,
                                        const Incoming& incoming,
                                        Into into);
  void backward_feed_forward(const PassContext& context,
                             std::int64_t layer,
                             const Incoming& incoming,
                             Into into);
  void backward_attention(const PassContext& context, std::int64_t layer, Into into);
  [[nodiscard]] Incoming backward_projection(const PassContext& context,
                                             std::int64_t layer,
                                             Into into);
  void sum_layer(const PassContext& context, std::int64_t layer, const Incoming& incoming);
  void backward_embeddings(const PassContext& context, const Incoming& incoming, Into into);
  void normalize_backward(const PassContext& context,
                          RowsOf rows,
                          const Incoming& incoming,
                          const NormPlaces& norm,
                          const StreamBuffers<T>& state,
                          const Dropout& dropout,
                          Address d_sum,
                          Ptr<T> d_part);

  /// The gradient of what the feed-forward part reads, which its LayerNorm or residual takes.
  [[nodiscard]] Address d_middle_norm() const {
    return config_.norm == Norm::post ? back_->d_out.address() : back_->d_fed.address();
  }

  [[nodiscard]] SummedRows summed(RowsOf rows, const DeviceArray<T>& x) const;

  Device& device_;
  ModelConfig config_;
  const packed::ModelPlan& plan_;
  Address gradients_;
  StreamBuffers<T> embedded_;
  std::vector<LayerBuffers<T>> layers_;
  DeviceArray<float> product_;  // [tokens, hidden]: of a matrix, on its way into the stream
  HeadBuffers head_;
  std::optional<BackwardBuffers<T>> back_;
  std::optional<GradientSums> sums_;
  std::size_t turn_ = 0;  // which of two buffers is free
};

}  // namespace tarama::cuda
