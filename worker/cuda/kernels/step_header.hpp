// What a step's kernels read of the batch and write of its outcome: all of it in the device's
// memory, so that the launches of a step are the same for each step of its shape.
#pragma once

#include "worker/cuda/kernels/portable.hpp"

namespace tarama::cuda {

/// Of one batch, or of a part of it that is computed by itself.
struct StepHeader {
  Int32 tokens;
  Int32 examples;
  Int32 first_example;      // of the batch, where this is a part of it
  Int32 examples_of_batch;  // the loss is a mean over these
  Int32 gradient_rows;      // different rows of the table of words that get a gradient
  Word step;
  Word key[2];  // of the masks
  float lr;     // times the schedule's factor
  Int32 unused;
};

/// Of one batch; the likeliest classes lie behind it.
struct OutcomeHeader {
  double loss;         // mean over the batch
  Int32 is_finite;     // of the loss
  Int32 has_diverged;  // in this step or an earlier one: no update is applied from then on
};

/// Where the parts of a batch lie.
struct BatchView {
  Ptr<const StepHeader> header;
  Ptr<const Int32> words;            // [tokens]: rows of the compact table
  Ptr<const Int32> types;            // [tokens]
  Ptr<const Int32> example_of;       // [tokens]
  Ptr<const Int32> position_of;      // [tokens]
  Ptr<const Int32> offsets;          // [examples + 1]
  Ptr<const Int32> labels;           // [examples]
  Ptr<const Int32> gradient_row;     // [gradient_rows], ascending: rows of the table of words
  Ptr<const Int32> gradient_adds;    // [gradient_rows]: 1 where an earlier part has written it
  Ptr<const Int32> gradient_begin;   // [gradient_rows + 1], in gradient_tokens
  Ptr<const Int32> gradient_tokens;  // the tokens of each such row, ascending
  Ptr<const Int8> has_gradient;      // [rows of the table]: in the whole batch
};

/// Which rows a kernel works on: all tokens, or the first token of each example.
enum class RowsOf : Int32 { tokens, examples };

TARAMA_DEVICE Int32 rows_in(const BatchView& batch, RowsOf rows) {
  return rows == RowsOf::tokens ? batch.header[0].tokens : batch.header[0].examples;
}

/// The example of a row, in the whole batch: masks are drawn by it.
TARAMA_DEVICE Int32 example_at(const BatchView& batch, RowsOf rows, Int32 row) {
  return batch.header[0].first_example + (rows == RowsOf::tokens ? batch.example_of[row] : row);
}

TARAMA_DEVICE Int32 position_at(const BatchView& batch, RowsOf rows, Int32 row) {
  return rows == RowsOf::tokens ? batch.position_of[row] : 0;
}

/// The token that a row is.
TARAMA_DEVICE Int32 token_at(const BatchView& batch, RowsOf rows, Int32 row) {
  return rows == RowsOf::tokens ? row : batch.offsets[row];
}

}  // namespace tarama::cuda
