// A batch as the kernels read it: one block of bytes, written by the host and uploaded as it is.
// What the host must decide about a batch (which rows of the table of words it has, in which order
// their tokens are summed) is decided here, so that the device needs no atomics.
#pragma once

#include "worker/cuda/kernels/step_header.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <vector>

namespace tarama::cuda {

/// The most that a block is laid out for.
struct BatchExtent {
  std::int64_t examples = 0;
  std::int64_t tokens = 0;
  std::int64_t table_rows = 0;  // of the compact table of words

  friend bool operator==(const BatchExtent&, const BatchExtent&) = default;
};

/// Where the parts lie in a block, in bytes.
struct BatchPlaces {
  std::int64_t words = 0;
  std::int64_t types = 0;
  std::int64_t example_of = 0;
  std::int64_t position_of = 0;
  std::int64_t offsets = 0;
  std::int64_t labels = 0;
  std::int64_t gradient_row = 0;
  std::int64_t gradient_adds = 0;
  std::int64_t gradient_begin = 0;
  std::int64_t gradient_tokens = 0;
  std::int64_t has_gradient = 0;
  std::int64_t bytes = 0;
};

[[nodiscard]] BatchPlaces places_for(const BatchExtent& extent);
[[nodiscard]] BatchView view_at(const BatchPlaces& places, Address block);

/// Tokens of batches of about the same size take the same launches. At most an eighth more than
/// there are, beyond the first 64.
[[nodiscard]] std::int64_t bucket_of(std::int64_t tokens);

/// Consecutive examples of a batch: all of them, or what fits at a time.
struct BatchPart {
  std::int64_t first = 0;
  std::int64_t examples = 0;

  friend bool operator==(const BatchPart&, const BatchPart&) = default;
};

/// What a step is, beside its examples.
struct StepScalars {
  std::int64_t step = 0;
  std::int64_t seed = 0;
  double lr = 0;
};

[[nodiscard]] std::int64_t tokens_of(const training::PackedBatch& batch, const BatchPart& part);

/// Writes a part into a block of places_for(extent), which it fits. `padding_piece` has no
/// gradient.
void write_part(const training::PackedBatch& batch,
                const BatchPart& part,
                const packed::ModelPlan& plan,
                std::int64_t padding_piece,
                const StepScalars& scalars,
                const BatchPlaces& places,
                char* block);

}  // namespace tarama::cuda
