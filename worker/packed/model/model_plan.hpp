// Where each parameter of a model lies in one long array, so that values, gradients and moments are
// four arrays of one layout. A layer's query, key and value lie behind one another, and are one
// matrix of [3 hidden, hidden]. Of the tables of words and positions only the rows that the data
// use are there.
#pragma once

#include "core/training/architecture.hpp"
#include "core/training/model_config.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::packed {

/// Offsets of a layer's parameters, matrices as [outputs, inputs].
struct LayerPlan {
  std::int64_t qkv = 0;
  std::int64_t qkv_bias = 0;
  std::int64_t dense = 0;  // behind the attention
  std::int64_t dense_bias = 0;
  std::int64_t attention_gain = 0;  // of the LayerNorm
  std::int64_t attention_shift = 0;
  std::int64_t intermediate = 0;
  std::int64_t intermediate_bias = 0;
  std::int64_t output = 0;
  std::int64_t output_bias = 0;
  std::int64_t output_gain = 0;
  std::int64_t output_shift = 0;
};

/// One parameter: `rows` rows of `width` elements, which are all of it or the first ones that the
/// data use.
struct Slot {
  Parameter parameter;
  std::int64_t offset = 0;
  std::int64_t rows = 0;
  std::int64_t width = 0;

  [[nodiscard]] std::int64_t elements() const { return rows * width; }
};

struct ModelPlan {
  std::int64_t words = 0;
  std::int64_t positions = 0;
  std::int64_t types = 0;
  std::int64_t embedding_gain = 0;  // norm: post alone, as is the next
  std::int64_t embedding_shift = 0;
  std::vector<LayerPlan> layers;
  std::int64_t final_gain = 0;  // norm: pre alone, as is the next
  std::int64_t final_shift = 0;
  std::int64_t pooler = 0;
  std::int64_t pooler_bias = 0;
  std::int64_t classifier = 0;
  std::int64_t classifier_bias = 0;

  std::vector<Slot> slots;  // in the order of parameters_of
  std::int64_t elements = 0;
  std::vector<std::int32_t> pieces;  // the word piece of each row of the table of words, ascending
  std::vector<std::int32_t> row_of;  // of each piece of the vocabulary; -1: not in the data
};

/// Of the rows alone: a slot's own part of its parameter.
[[nodiscard]] std::vector<std::int64_t> rows_shape(const Slot& slot);

/// `pieces`: the word pieces in the data, ascending; `longest`: the tokens of their longest
/// example.
[[nodiscard]] ModelPlan plan_model(const ModelConfig& config,
                                   std::span<const std::int32_t> pieces,
                                   std::int64_t longest);

/// The rows of the whole parameter that a slot holds are these; nullptr: the first ones, in order.
[[nodiscard]] const std::vector<std::int32_t>* pieces_of(const ModelPlan& plan, const Slot& slot);

}  // namespace tarama::packed
