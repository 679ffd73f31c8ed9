// The forward pass of both arrangements, written as plain functions.
#include "worker/torch/bert_model.hpp"

#include "core/training/philox.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace tarama::torch_trainer {
namespace {

/// What every part of one forward pass reads.
struct Pass {
  const BertParameters& parameters;
  const ModelConfig& config;
  const PaddedBatch& batch;
  const Dropout& dropout;

  [[nodiscard]] const at::Tensor& parameter(Module module, std::int64_t layer, Role role) const {
    return tensor_of(parameters, module, layer, role);
  }

  [[nodiscard]] at::Device device() const { return parameters.tensors.front().device(); }
};

at::Tensor linear(const Pass& pass, Module module, std::int64_t layer, const at::Tensor& input) {
  return at::linear(input,
                    pass.parameter(module, layer, Role::matrix),
                    pass.parameter(module, layer, Role::bias));
}

at::Tensor layer_norm(const Pass& pass,
                      Module module,
                      std::int64_t layer,
                      const at::Tensor& input) {
  return at::layer_norm(input,
                        {pass.config.hidden},
                        pass.parameter(module, layer, Role::norm_scale),
                        pass.parameter(module, layer, Role::norm_shift),
                        pass.config.layer_norm_eps,
                        /*cudnn_enable=*/false);
}

/// Where in the network a mask is applied; layer 0 where there are no layers.
struct MaskPlace {
  Place place;
  std::int64_t layer = 0;
};

PhiloxRow row_of(const Pass& pass, MaskPlace where, std::int64_t example, std::int64_t index) {
  return {.seed = pass.dropout.seed,
          .place = where.place,
          .layer = where.layer,
          .step = pass.dropout.step,
          .example = example,
          .index = index};
}

at::Tensor times_mask(const at::Tensor& input, const at::Tensor& mask) {
  return input * mask.to(input.device(), input.scalar_type());
}

/// Of [examples, longest, hidden]. Padded positions are dropped: nothing reads them.
at::Tensor drop_hidden(const Pass& pass, MaskPlace where, const at::Tensor& input) {
  if (pass.dropout.rate == 0) {
    return input;
  }
  const PaddedBatch& batch = pass.batch;
  const std::int64_t hidden = pass.config.hidden;
  const at::Tensor mask = at::zeros({batch.examples, batch.longest, hidden}, at::kFloat);
  float* const values = mask.mutable_data_ptr<float>();
  for (std::int64_t example = 0; example < batch.examples; ++example) {
    const std::int64_t length = batch.lengths[static_cast<std::size_t>(example)];
    for (std::int64_t position = 0; position < length; ++position) {
      float* const row = values + (example * batch.longest + position) * hidden;
      fill_dropout_mask(row_of(pass, where, example, position),
                        pass.dropout.rate,
                        std::span(row, static_cast<std::size_t>(hidden)));
    }
  }
  return times_mask(input, mask);
}

/// Of probabilities [examples, heads, longest, longest].
at::Tensor drop_attention(const Pass& pass, std::int64_t layer, const at::Tensor& input) {
  if (pass.dropout.rate == 0) {
    return input;
  }
  const PaddedBatch& batch = pass.batch;
  const std::int64_t heads = pass.config.heads;
  const std::int64_t longest = batch.longest;
  const at::Tensor mask = at::zeros({batch.examples, heads, longest, longest}, at::kFloat);
  float* const values = mask.mutable_data_ptr<float>();
  std::vector<float> square(static_cast<std::size_t>(longest * longest));
  for (std::int64_t example = 0; example < batch.examples; ++example) {
    // The elements are counted in the example's own square of length x length.
    const std::int64_t length = batch.lengths[static_cast<std::size_t>(example)];
    for (std::int64_t head = 0; head < heads; ++head) {
      fill_dropout_mask(row_of(pass, {Place::attention_dropout, layer}, example, head),
                        pass.dropout.rate,
                        std::span(square).first(static_cast<std::size_t>(length * length)));
      for (std::int64_t query = 0; query < length; ++query) {
        std::copy_n(square.begin() + query * length,
                    length,
                    values + ((example * heads + head) * longest + query) * longest);
      }
    }
  }
  return times_mask(input, mask);
}

/// Of the pooled [examples, hidden].
at::Tensor drop_pooled(const Pass& pass, const at::Tensor& input) {
  if (pass.dropout.rate == 0) {
    return input;
  }
  const std::int64_t hidden = pass.config.hidden;
  const at::Tensor mask = at::empty({pass.batch.examples, hidden}, at::kFloat);
  float* const values = mask.mutable_data_ptr<float>();
  for (std::int64_t example = 0; example < pass.batch.examples; ++example) {
    fill_dropout_mask(row_of(pass, {Place::classifier_dropout}, example, 0),
                      pass.dropout.rate,
                      std::span(values + example * hidden, static_cast<std::size_t>(hidden)));
  }
  return times_mask(input, mask);
}

/// [examples, longest] of token ids or segments.
at::Tensor whole_numbers(const Pass& pass, const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::kLong)
      .view({pass.batch.examples, pass.batch.longest})
      .to(pass.device());
}

/// What is added to attention scores: 0 for tokens, the lowest number for padding, which softmax
/// turns into a 0 without rounding. [examples, 1, 1, longest].
at::Tensor padding_mask(const Pass& pass) {
  const PaddedBatch& batch = pass.batch;
  const at::ScalarType type = pass.parameters.tensors.front().scalar_type();
  const double lowest = type == at::kDouble
                            ? std::numeric_limits<double>::lowest()
                            : static_cast<double>(std::numeric_limits<float>::lowest());
  at::Tensor mask = at::zeros({batch.examples, 1, 1, batch.longest}, type);
  for (std::int64_t example = 0; example < batch.examples; ++example) {
    const std::int64_t length = batch.lengths[static_cast<std::size_t>(example)];
    mask.select(0, example).narrow(-1, length, batch.longest - length).fill_(lowest);
  }
  return mask.to(pass.device());
}

at::Tensor embed(const Pass& pass) {
  const auto table = [&](Module module) { return pass.parameter(module, 0, Role::matrix); };
  // The row of [PAD] gets no gradient, as in transformers.
  const at::Tensor words = at::embedding(table(Module::word_embeddings),
                                         whole_numbers(pass, pass.batch.ids),
                                         pass.config.padding_piece);
  const at::Tensor types =
      at::embedding(table(Module::type_embeddings), whole_numbers(pass, pass.batch.segments));
  const at::Tensor positions = table(Module::position_embeddings).narrow(0, 0, pass.batch.longest);
  at::Tensor sum = words + types + positions;
  if (pass.config.norm == Norm::post) {
    sum = layer_norm(pass, Module::embedding_norm, 0, sum);
  }
  return drop_hidden(pass, {Place::embedding_dropout}, sum);
}

/// [examples, longest, hidden] -> [examples, heads, longest, hidden / heads].
at::Tensor split_heads(const Pass& pass, const at::Tensor& input) {
  const std::int64_t heads = pass.config.heads;
  return input.view({pass.batch.examples, pass.batch.longest, heads, pass.config.hidden / heads})
      .transpose(1, 2);
}

/// Self-attention and the dense layer behind it, dropout included; no residual, no LayerNorm.
at::Tensor attend(const Pass& pass,
                  std::int64_t layer,
                  const at::Tensor& input,
                  const at::Tensor& padding) {
  const at::Tensor query = split_heads(pass, linear(pass, Module::query, layer, input));
  const at::Tensor key = split_heads(pass, linear(pass, Module::key, layer, input));
  const at::Tensor value = split_heads(pass, linear(pass, Module::value, layer, input));
  const double scale = 1 / std::sqrt(static_cast<double>(pass.config.hidden) /
                                     static_cast<double>(pass.config.heads));
  const at::Tensor scores = at::matmul(query, key.transpose(-1, -2)) * scale + padding;
  const at::Tensor probabilities = drop_attention(pass, layer, at::softmax(scores, -1));
  const at::Tensor context =
      at::matmul(probabilities.to(value.scalar_type()), value)
          .transpose(1, 2)
          .reshape({pass.batch.examples, pass.batch.longest, pass.config.hidden});
  return drop_hidden(pass,
                     {Place::attention_output_dropout, layer},
                     linear(pass, Module::attention_output, layer, context));
}

at::Tensor activated(Activation activation, const at::Tensor& input) {
  switch (activation) {
    case Activation::gelu:
      return at::gelu(input, /*approximate=*/"none");
    case Activation::gelu_tanh:
      return at::gelu(input, /*approximate=*/"tanh");
    case Activation::relu:
      return at::relu(input);
  }
  return input;
}

/// Both dense layers with the activation between, and dropout.
at::Tensor feed_forward(const Pass& pass, std::int64_t layer, const at::Tensor& input) {
  const at::Tensor inner =
      activated(pass.config.activation, linear(pass, Module::intermediate, layer, input));
  return drop_hidden(
      pass, {Place::feed_forward_dropout, layer}, linear(pass, Module::output, layer, inner));
}

at::Tensor encode_post_norm(const Pass& pass, at::Tensor hidden, const at::Tensor& padding) {
  for (std::int64_t layer = 0; layer < pass.config.layers; ++layer) {
    hidden = layer_norm(
        pass, Module::attention_norm, layer, attend(pass, layer, hidden, padding) + hidden);
    hidden =
        layer_norm(pass, Module::output_norm, layer, feed_forward(pass, layer, hidden) + hidden);
  }
  return hidden;
}

at::Tensor encode_pre_norm(const Pass& pass, at::Tensor hidden, const at::Tensor& padding) {
  for (std::int64_t layer = 0; layer < pass.config.layers; ++layer) {
    const at::Tensor attended = layer_norm(pass, Module::attention_norm, layer, hidden);
    hidden = hidden + attend(pass, layer, attended, padding);
    hidden =
        hidden + feed_forward(pass, layer, layer_norm(pass, Module::output_norm, layer, hidden));
  }
  return layer_norm(pass, Module::final_norm, 0, hidden);
}

}  // namespace

at::Tensor logits_of(const BertParameters& parameters,
                     const ModelConfig& config,
                     const PaddedBatch& batch,
                     const Dropout& dropout) {
  const Pass pass{parameters, config, batch, dropout};
  const at::Tensor padding = padding_mask(pass);
  const at::Tensor embedded = embed(pass);
  const at::Tensor hidden = config.norm == Norm::post ? encode_post_norm(pass, embedded, padding)
                                                      : encode_pre_norm(pass, embedded, padding);
  const at::Tensor pooled = at::tanh(linear(pass, Module::pooler, 0, hidden.select(1, 0)));
  return linear(pass, Module::classifier, 0, drop_pooled(pass, pooled));
}

at::Tensor loss_of(const at::Tensor& logits, const PaddedBatch& batch) {
  const at::Tensor scores = logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
  const std::vector<std::int64_t> labels(batch.labels.begin(), batch.labels.end());
  return at::cross_entropy_loss(scores, at::tensor(labels, at::kLong).to(logits.device()));
}

}  // namespace tarama::torch_trainer
