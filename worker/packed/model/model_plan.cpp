// Offsets, module by module.
#include "worker/packed/model/model_plan.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <cstddef>

namespace tarama::packed {
namespace {

/// Gives slots their places, one behind the other.
class Placing {
 public:
  explicit Placing(ModelPlan& plan) : plan_(plan), is_placed_(plan.slots.size(), false) {}

  std::int64_t place(Module module, std::int64_t layer, Role role) {
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      const Parameter& parameter = plan_.slots[i].parameter;
      if (parameter.module == module && parameter.layer == layer && parameter.role == role) {
        TARAMA_ASSERT(!is_placed_[i], "a parameter has one place");
        is_placed_[i] = true;
        plan_.slots[i].offset = plan_.elements;
        plan_.elements += plan_.slots[i].elements();
        return plan_.slots[i].offset;
      }
    }
    TARAMA_ASSERT(false, "the plan names the modules of the architecture");
    return 0;
  }

  std::int64_t matrix(Module module, std::int64_t layer = 0) {
    return place(module, layer, Role::matrix);
  }

  std::int64_t bias(Module module, std::int64_t layer = 0) {
    return place(module, layer, Role::bias);
  }

  std::int64_t gain(Module module, std::int64_t layer = 0) {
    return place(module, layer, Role::norm_scale);
  }

  std::int64_t shift(Module module, std::int64_t layer = 0) {
    return place(module, layer, Role::norm_shift);
  }

  [[nodiscard]] bool is_complete() const {
    return std::ranges::all_of(is_placed_, [](bool placed) { return placed; });
  }

 private:
  ModelPlan& plan_;
  std::vector<bool> is_placed_;
};

LayerPlan plan_layer(Placing& placing, std::int64_t layer) {
  LayerPlan plan;
  plan.qkv = placing.matrix(Module::query, layer);
  placing.matrix(Module::key, layer);
  placing.matrix(Module::value, layer);
  plan.qkv_bias = placing.bias(Module::query, layer);
  placing.bias(Module::key, layer);
  placing.bias(Module::value, layer);
  plan.dense = placing.matrix(Module::attention_output, layer);
  plan.dense_bias = placing.bias(Module::attention_output, layer);
  plan.attention_gain = placing.gain(Module::attention_norm, layer);
  plan.attention_shift = placing.shift(Module::attention_norm, layer);
  plan.intermediate = placing.matrix(Module::intermediate, layer);
  plan.intermediate_bias = placing.bias(Module::intermediate, layer);
  plan.output = placing.matrix(Module::output, layer);
  plan.output_bias = placing.bias(Module::output, layer);
  plan.output_gain = placing.gain(Module::output_norm, layer);
  plan.output_shift = placing.shift(Module::output_norm, layer);
  return plan;
}

Slot slot_of(const Parameter& parameter, std::int64_t pieces, std::int64_t longest) {
  const std::vector<std::int64_t>& shape = parameter.shape;
  Slot slot{.parameter = parameter, .offset = 0, .rows = 1, .width = shape.back()};
  if (shape.size() == 2) {
    slot.rows = shape.front();
  }
  if (parameter.module == Module::word_embeddings) {
    slot.rows = pieces;
  } else if (parameter.module == Module::position_embeddings) {
    slot.rows = longest;
  }
  return slot;
}

}  // namespace

ModelPlan plan_model(const ModelConfig& config,
                     std::span<const std::int32_t> pieces,
                     std::int64_t longest) {
  ModelPlan plan;
  plan.pieces.assign(pieces.begin(), pieces.end());
  plan.row_of.assign(static_cast<std::size_t>(config.vocab_size), -1);
  for (std::size_t row = 0; row < pieces.size(); ++row) {
    plan.row_of.at(static_cast<std::size_t>(pieces[row])) = static_cast<std::int32_t>(row);
  }
  for (const Parameter& parameter : parameters_of(config)) {
    plan.slots.push_back(slot_of(parameter, static_cast<std::int64_t>(pieces.size()), longest));
  }
  Placing placing(plan);
  plan.words = placing.matrix(Module::word_embeddings);
  plan.positions = placing.matrix(Module::position_embeddings);
  plan.types = placing.matrix(Module::type_embeddings);
  if (config.norm == Norm::post) {
    plan.embedding_gain = placing.gain(Module::embedding_norm);
    plan.embedding_shift = placing.shift(Module::embedding_norm);
  }
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    plan.layers.push_back(plan_layer(placing, layer));
  }
  if (config.norm == Norm::pre) {
    plan.final_gain = placing.gain(Module::final_norm);
    plan.final_shift = placing.shift(Module::final_norm);
  }
  plan.pooler = placing.matrix(Module::pooler);
  plan.pooler_bias = placing.bias(Module::pooler);
  plan.classifier = placing.matrix(Module::classifier);
  plan.classifier_bias = placing.bias(Module::classifier);
  TARAMA_ASSERT(placing.is_complete(), "every parameter of the architecture has a place");
  return plan;
}

std::vector<std::int64_t> rows_shape(const Slot& slot) {
  std::vector<std::int64_t> shape = slot.parameter.shape;
  if (shape.size() == 2) {
    shape.front() = slot.rows;
  }
  return shape;
}

const std::vector<std::int32_t>* pieces_of(const ModelPlan& plan, const Slot& slot) {
  return slot.parameter.module == Module::word_embeddings ? &plan.pieces : nullptr;
}

}  // namespace tarama::packed
