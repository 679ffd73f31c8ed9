// The training steps that are measured, the same for every learner: models by their shape, and
// batches with the lengths of CoLA's sentences.
#pragma once

#include "core/training/model_config.hpp"
#include "core/training/philox.hpp"
#include "worker/training/packed_batch.hpp"

#include <array>
#include <cstdint>

namespace tarama::bench {

// Tokens of each text of a batch, [CLS] and [SEP] included: CoLA's, whose sentences are short.
// Mean 11.3, longest 25.
inline constexpr std::array<std::int32_t, 32> batch_lengths = {
    5,  6,  6,  7,  7,  7,  8,  8,  8,  9,  9,  9,  9,  10, 10, 10,
    10, 11, 11, 11, 12, 12, 12, 13, 13, 14, 15, 16, 18, 20, 22, 25};

// As many pieces of BERT's vocabulary as the sentences of CoLA have.
inline constexpr std::int64_t pieces_in_data = 5'700;

struct Shape {
  std::int64_t layers;
  std::int64_t hidden;
  std::int64_t heads;
};

// The last two are MiniLM's first layers, and all of them.
inline constexpr std::array<Shape, 4> step_shapes = {
    Shape{2, 128, 2}, Shape{6, 128, 2}, Shape{3, 384, 12}, Shape{6, 384, 12}};

/// BERT's vocabulary, and its proportions.
[[nodiscard]] inline ModelConfig config_of(const Shape& shape) {
  return {.vocab_size = 30'522,
          .hidden = shape.hidden,
          .layers = shape.layers,
          .heads = shape.heads,
          .intermediate = 4 * shape.hidden,
          .classes = 2};
}

/// Ids are 1 .. pieces_in_data; 0 would be padding.
[[nodiscard]] inline training::PackedBatch made_up_batch(std::int64_t number) {
  PhiloxStream random({.seed = number, .place = Place::fake_noise});
  training::PackedBatch batch;
  for (const std::int32_t length : batch_lengths) {
    for (std::int32_t token = 0; token < length; ++token) {
      batch.ids.push_back(
          static_cast<std::int32_t>(1 + random.below(static_cast<std::uint64_t>(pieces_in_data))));
    }
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    batch.second_starts.push_back(length);
    batch.labels.push_back(static_cast<std::int32_t>(random.below(2)));
  }
  return batch;
}

}  // namespace tarama::bench
