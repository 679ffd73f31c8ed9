// What both passes of attention share: tiles of queries and keys in the block's own memory. A block
// works on one head of one example, whose keys it reads tile by tile, so that any length up to
// longest_example fits.
#pragma once

#include "worker/cuda/kernels/block.hpp"
#include "worker/cuda/kernels/random.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

inline constexpr Int32 longest_example = 512;
inline constexpr Int32 widest_head = 128;
inline constexpr Int32 attention_threads = 128;
inline constexpr Int32 query_tile = 8;
inline constexpr Int32 key_tile = 16;
inline constexpr Int32 tile_stride = widest_head + 1;  // no two rows begin in the same bank
// A warp works on two queries at a time: half the 32 banks apart.
inline constexpr Int32 score_stride = longest_example + key_tile;

static_assert(query_tile * key_tile == attention_threads, "a thread has one pair of a tile");

/// Queries, keys and values of all tokens, as one product gave them, without their bias.
template <class T>
struct AttentionInputs {
  BatchView batch;
  RowsOf queries;  // examples: of each the first token alone
  Int32 hidden;
  Int32 head_width;
  Ptr<const T> qkv;  // [tokens, 3 hidden]
  Ptr<const float> bias;
  float scale;  // of the scores
  Dropout dropout;
};

/// One block's head and example.
struct HeadPlace {
  Int32 example;
  Int32 head;
  Int32 first_token;
  Int32 keys;
  Int32 queries;
  Int32 first_row;  // of its queries among the rows that the pass works on
  Int32 column;     // of the head in a row of [hidden]
};

template <class T>
TARAMA_DEVICE HeadPlace head_place(const AttentionInputs<T>& in, const Place2& place) {
  HeadPlace head;
  head.example = place.x;
  head.head = place.y;
  head.first_token = in.batch.offsets[head.example];
  head.keys = in.batch.offsets[head.example + 1] - head.first_token;
  head.queries = in.queries == RowsOf::tokens ? head.keys : 1;
  head.first_row = in.queries == RowsOf::tokens ? head.first_token : head.example;
  head.column = head.head * in.head_width;
  return head;
}

/// The row of the example's mask: element query * keys + key.
template <class T>
TARAMA_DEVICE MaskRow attention_mask(const AttentionInputs<T>& in, const HeadPlace& head) {
  const StepHeader& step = in.batch.header[0];
  return mask_row(step.key, step.step, in.dropout, step.first_example + head.example, head.head);
}

enum class Part : Int32 { query, key, value };

/// One element of a token's query, key or value.
template <class T>
TARAMA_DEVICE float element_of(
    const AttentionInputs<T>& in, const HeadPlace& head, Part part, Int32 token, Int32 i) {
  const Int64 column = static_cast<Int64>(part) * in.hidden + head.column + i;
  const Int64 row = static_cast<Int64>(head.first_token + token) * 3 * in.hidden;
  return widened(in.qkv[row + column]) + in.bias[column];
}

/// Rows first .. first + count - 1 of a part into a tile; zeros behind the example's last one.
template <class T, Int32 count>
TARAMA_DEVICE void load_tile(const Thread& thread,
                             const AttentionInputs<T>& in,
                             const HeadPlace& head,
                             Part part,
                             Int32 first,
                             float (&tile)[count][tile_stride]) {
  for (Int32 i = thread.index; i < count * in.head_width; i += thread.count) {
    const Int32 row = i / in.head_width;
    const Int32 column = i % in.head_width;
    const Int32 token = first + row;
    tile[row][column] = token < head.keys ? element_of(in, head, part, token, column) : 0.0F;
  }
}

TARAMA_DEVICE float dot(const float* a, const float* b, Int32 count) {
  float sum = 0;
  for (Int32 i = 0; i < count; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

/// The columns of a head in the rows behind the batch's last one, of a matrix of [.., stride].
template <class T>
TARAMA_DEVICE void clear_columns(const Thread& thread,
                                 Ptr<T> rows,
                                 Int32 first_row,
                                 Int32 past_row,
                                 Int32 stride,
                                 Int32 column,
                                 Int32 width) {
  for (Int32 row = first_row; row < past_row; ++row) {
    for (Int32 i = thread.index; i < width; i += thread.count) {
      rows[static_cast<Int64>(row) * stride + column + i] = rounded<T>(0.0F);
    }
  }
}

}  // namespace tarama::cuda
