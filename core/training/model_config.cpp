// The parameters of post and pre models by their transformers names, in order.
#include "core/training/model_config.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace tarama {

namespace {

/// Collects parameters in order, each module's weight before its bias.
class ShapeList {
 public:
  explicit ShapeList(const ModelConfig& config) : config_(config) {}

  void add_embeddings() {
    const std::string prefix = "bert.embeddings.";
    add(prefix + "word_embeddings.weight", {config_.vocab_size, config_.hidden});
    add(prefix + "position_embeddings.weight", {config_.max_positions, config_.hidden});
    add(prefix + "token_type_embeddings.weight", {config_.type_vocab_size, config_.hidden});
    if (config_.norm == Norm::post) {
      add_layer_norm(prefix + "LayerNorm");
    }
  }

  void add_encoder_layer(std::int64_t layer) {
    const bool is_pre = config_.norm == Norm::pre;
    const std::string prefix = fmt::format("bert.encoder.layer.{}.", layer);
    if (is_pre) {
      add_layer_norm(prefix + "attention.ln");
    }
    for (const char* const part : {"query", "key", "value"}) {
      add_linear(prefix + "attention.self." + part, config_.hidden, config_.hidden);
    }
    add_linear(prefix + "attention.output.dense", config_.hidden, config_.hidden);
    add_layer_norm(prefix + (is_pre ? "ln" : "attention.output.LayerNorm"));
    add_linear(prefix + "intermediate.dense", config_.intermediate, config_.hidden);
    add_linear(prefix + "output.dense", config_.hidden, config_.intermediate);
    if (!is_pre) {
      add_layer_norm(prefix + "output.LayerNorm");
    }
  }

  void add_head() {
    if (config_.norm == Norm::pre) {
      add_layer_norm("bert.encoder.ln");
    }
    add_linear("bert.pooler.dense", config_.hidden, config_.hidden);
    add_linear("classifier", config_.classes, config_.hidden);
  }

  [[nodiscard]] std::vector<ParameterShape> take() { return std::move(shapes_); }

 private:
  void add(std::string name, std::vector<std::int64_t> shape) {
    shapes_.push_back({std::move(name), std::move(shape)});
  }

  void add_linear(const std::string& module, std::int64_t outputs, std::int64_t inputs) {
    add(module + ".weight", {outputs, inputs});
    add(module + ".bias", {outputs});
  }

  void add_layer_norm(const std::string& module) {
    add(module + ".weight", {config_.hidden});
    add(module + ".bias", {config_.hidden});
  }

  const ModelConfig& config_;
  std::vector<ParameterShape> shapes_;
};

}  // namespace

std::vector<ParameterShape> parameter_shapes(const ModelConfig& config) {
  ShapeList shapes(config);
  shapes.add_embeddings();
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    shapes.add_encoder_layer(layer);
  }
  shapes.add_head();
  return shapes.take();
}

}  // namespace tarama
