// Attention backward: from the gradient of the context those of queries, keys and values. The
// probabilities are made again of the scores, and the masks are drawn again, so that neither takes
// memory that grows with the square of a length.
#pragma once

#include "worker/cuda/kernels/attention.hpp"

namespace tarama::cuda {

/// The grid is as Attend's. All of d_qkv is written: zeros for what gets no gradient.
template <class T>
struct AttendBackward {
  struct Args {
    AttentionInputs<T> in;
    Int32 rows;                // of context, those behind the batch's included
    Int32 tokens;              // of d_qkv, likewise
    Ptr<const T> context;      // [rows, hidden]
    Ptr<const float> log_sum;  // [heads, rows]
    Ptr<const T> d_context;    // [rows, hidden]
    Ptr<float> d_query;        // [rows, hidden]: scratch
    Ptr<T> d_qkv;              // [tokens, 3 hidden]
  };

  struct Shared {
    float queries[query_tile][tile_stride];
    float d_context[query_tile][tile_stride];
    float keys[key_tile][tile_stride];
    float values[key_tile][tile_stride];
    float d_keys[key_tile][tile_stride];
    float d_values[key_tile][tile_stride];
    float dropped[query_tile][key_tile];  // probabilities
    float d_scores[query_tile][key_tile];
    float slope[query_tile];  // the sum of a query's probabilities times their gradients
  };

  using Local = Nothing;
  static constexpr Int32 most_threads = attention_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared& shared, Block<Local>& block) {
    const StepHeader& step = args.in.batch.header[0];
    const Place2 place = block.place();
    if (place.x >= step.examples) {
      if (place.x == place.count_x - 1) {
        block.each([&](const Thread& thread, Local&) {
          clear_tokens(args, place.y, step.tokens, thread);
        });
      }
      return;
    }
    const HeadPlace head = head_place(args.in, place);
    for (Int32 key = 0; key < head.keys; key += key_tile) {
      block.each([&](const Thread& thread, Local&) {
        load_tile(thread, args.in, head, Part::key, key, shared.keys);
        load_tile(thread, args.in, head, Part::value, key, shared.values);
        for (Int32 i = thread.index; i < key_tile * tile_stride; i += thread.count) {
          shared.d_keys[i / tile_stride][i % tile_stride] = 0;
          shared.d_values[i / tile_stride][i % tile_stride] = 0;
        }
      });
      for (Int32 query = 0; query < head.queries; query += query_tile) {
        pair_up(args, head, query, key, shared, block);
      }
      block.each(
          [&](const Thread& thread, Local&) { store_keys(args, head, key, shared, thread); });
    }
    block.each([&](const Thread& thread, Local&) { store_queries(args, head, thread); });
  }

  static TARAMA_DEVICE void clear_tokens(const Args& args,
                                         Int32 head,
                                         Int32 used,
                                         const Thread& thread) {
    const Int32 hidden = args.in.hidden;
    const Int32 width = args.in.head_width;
    for (Int32 part = 0; part < 3; ++part) {
      clear_columns(
          thread, args.d_qkv, used, args.tokens, 3 * hidden, part * hidden + head * width, width);
    }
  }

  /// A tile of queries with a tile of keys.
  static TARAMA_DEVICE void pair_up(const Args& args,
                                    const HeadPlace& head,
                                    Int32 query,
                                    Int32 key,
                                    Shared& shared,
                                    Block<Local>& block) {
    const MaskRow mask = attention_mask(args.in, head);
    block.each([&](const Thread& thread, Local&) {
      load_tile(thread, args.in, head, Part::query, query, shared.queries);
      load_gradient(args, head, query, shared, thread);
    });
    block.each([&](const Thread& thread, Local&) {
      if (thread.index < query_tile) {
        shared.slope[thread.index] = slope_of(args, head, query, shared, thread.index);
      }
    });
    block.each(
        [&](const Thread& thread, Local&) { score(args, head, query, key, mask, shared, thread); });
    block.each(
        [&](const Thread& thread, Local&) { add_up(args, head, query, key, shared, thread); });
  }

  static TARAMA_DEVICE void load_gradient(
      const Args& args, const HeadPlace& head, Int32 first, Shared& shared, const Thread& thread) {
    const Int32 width = args.in.head_width;
    for (Int32 i = thread.index; i < query_tile * width; i += thread.count) {
      const Int32 query = first + i / width;
      const Int64 row = head.first_row + query;
      shared.d_context[i / width][i % width] =
          query < head.queries
              ? widened(args.d_context[row * args.in.hidden + head.column + i % width])
              : 0.0F;
    }
  }

  static TARAMA_DEVICE float slope_of(
      const Args& args, const HeadPlace& head, Int32 first, const Shared& shared, Int32 query) {
    if (first + query >= head.queries) {
      return 0;
    }
    const Int64 at =
        static_cast<Int64>(head.first_row + first + query) * args.in.hidden + head.column;
    float sum = 0;
    for (Int32 i = 0; i < args.in.head_width; ++i) {
      sum += shared.d_context[query][i] * widened(args.context[at + i]);
    }
    return sum;
  }

  static TARAMA_DEVICE void score(const Args& args,
                                  const HeadPlace& head,
                                  Int32 first_query,
                                  Int32 first_key,
                                  const MaskRow& mask,
                                  Shared& shared,
                                  const Thread& thread) {
    const Int32 row = thread.index / key_tile;
    const Int32 column = thread.index % key_tile;
    const Int32 query = first_query + row;
    const Int32 key = first_key + column;
    shared.dropped[row][column] = 0;
    shared.d_scores[row][column] = 0;
    if (query >= head.queries || key >= head.keys) {
      return;
    }
    const Int32 width = args.in.head_width;
    const Int64 at = static_cast<Int64>(head.head) * args.rows + head.first_row + query;
    const float score = dot(shared.queries[row], shared.keys[column], width) * args.in.scale;
    const float probability = expf(score - args.log_sum[at]);
    const float factor =
        keep_factor_at(args.in.dropout, mask, static_cast<Int64>(query) * head.keys + key);
    const float d_probability = dot(shared.d_context[row], shared.values[column], width) * factor;
    shared.dropped[row][column] = probability * factor;
    shared.d_scores[row][column] =
        (d_probability - shared.slope[row]) * probability * args.in.scale;
  }

  static TARAMA_DEVICE void add_up(const Args& args,
                                   const HeadPlace& head,
                                   Int32 first_query,
                                   Int32 first_key,
                                   Shared& shared,
                                   const Thread& thread) {
    const Int32 width = args.in.head_width;
    for (Int32 i = thread.index; i < key_tile * width; i += thread.count) {
      const Int32 key = i / width;
      const Int32 column = i % width;
      float d_key = 0;
      float d_value = 0;
      for (Int32 query = 0; query < query_tile; ++query) {
        d_key += shared.d_scores[query][key] * shared.queries[query][column];
        d_value += shared.dropped[query][key] * shared.d_context[query][column];
      }
      shared.d_keys[key][column] += d_key;
      shared.d_values[key][column] += d_value;
    }
    for (Int32 i = thread.index; i < query_tile * width; i += thread.count) {
      const Int32 query = first_query + i / width;
      if (query >= head.queries) {
        continue;
      }
      float sum = 0;
      for (Int32 key = 0; key < key_tile; ++key) {
        sum += shared.d_scores[i / width][key] * shared.keys[key][i % width];
      }
      // The same thread adds to it for each tile of keys.
      const Int64 at =
          static_cast<Int64>(head.first_row + query) * args.in.hidden + head.column + i % width;
      args.d_query[at] = first_key == 0 ? sum : args.d_query[at] + sum;
    }
  }

  static TARAMA_DEVICE void store_keys(const Args& args,
                                       const HeadPlace& head,
                                       Int32 first_key,
                                       const Shared& shared,
                                       const Thread& thread) {
    const Int32 width = args.in.head_width;
    const Int32 hidden = args.in.hidden;
    for (Int32 i = thread.index; i < key_tile * width; i += thread.count) {
      const Int32 key = first_key + i / width;
      if (key < head.keys) {
        const Int64 at =
            static_cast<Int64>(head.first_token + key) * 3 * hidden + head.column + i % width;
        args.d_qkv[at + hidden] = rounded<T>(shared.d_keys[i / width][i % width]);
        args.d_qkv[at + 2 * hidden] = rounded<T>(shared.d_values[i / width][i % width]);
      }
    }
  }

  static TARAMA_DEVICE void store_queries(const Args& args,
                                          const HeadPlace& head,
                                          const Thread& thread) {
    const Int32 width = args.in.head_width;
    for (Int32 i = thread.index; i < head.keys * width; i += thread.count) {
      const Int32 query = i / width;
      const Int64 column = head.column + i % width;
      const Int64 row = head.first_row + query;
      const float d = query < head.queries ? args.d_query[row * args.in.hidden + column] : 0.0F;
      args.d_qkv[static_cast<Int64>(head.first_token + query) * 3 * args.in.hidden + column] =
          rounded<T>(d);
    }
  }
};

}  // namespace tarama::cuda
