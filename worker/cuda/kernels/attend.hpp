// Attention forward: context = dropped softmax(q k^T) v, and of each query what the backward pass
// makes its probabilities of again.
#pragma once

#include "worker/cuda/kernels/attention.hpp"

namespace tarama::cuda {

/// The grid is [examples + 1, heads]; the last block of a head clears the rows behind the batch.
template <class T>
struct Attend {
  struct Args {
    AttentionInputs<T> in;
    Int32 rows;          // of context, those behind the batch's included
    Ptr<T> context;      // [rows, hidden]
    Ptr<float> log_sum;  // [heads, rows]: of the exponentials of a query's scores; may be null
  };

  struct Shared {
    float queries[query_tile][tile_stride];
    float keys[key_tile][tile_stride];
    float scores[query_tile][score_stride];  // then dropped probabilities
    float part[query_tile][key_tile];
  };

  using Local = Nothing;
  static constexpr Int32 most_threads = attention_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared& shared, Block<Local>& block) {
    const StepHeader& step = args.in.batch.header[0];
    const Place2 place = block.place();
    const Int32 hidden = args.in.hidden;
    const Int32 width = args.in.head_width;
    if (place.x >= step.examples) {
      if (place.x == place.count_x - 1) {
        const Int32 used = rows_in(args.in.batch, args.in.queries);
        block.each([&](const Thread& thread, Local&) {
          clear_columns(thread, args.context, used, args.rows, hidden, place.y * width, width);
        });
      }
      return;
    }
    const HeadPlace head = head_place(args.in, place);
    for (Int32 first = 0; first < head.queries; first += query_tile) {
      score(args, head, first, shared, block);
      soften(args, head, first, shared, block);
      block.each([&](const Thread& thread, Local&) { mix(args, head, first, shared, thread); });
    }
  }

  /// The scores of a tile of queries, with every key.
  static TARAMA_DEVICE void score(
      const Args& args, const HeadPlace& head, Int32 first, Shared& shared, Block<Local>& block) {
    for (Int32 key = 0; key < head.keys; key += key_tile) {
      block.each([&](const Thread& thread, Local&) {
        if (key == 0) {
          load_tile(thread, args.in, head, Part::query, first, shared.queries);
        }
        load_tile(thread, args.in, head, Part::key, key, shared.keys);
      });
      block.each([&](const Thread& thread, Local&) {
        const Int32 query = thread.index / key_tile;
        const Int32 column = thread.index % key_tile;
        if (key + column < head.keys) {
          shared.scores[query][key + column] =
              dot(shared.queries[query], shared.keys[column], args.in.head_width) * args.in.scale;
        }
      });
    }
  }

  /// From scores to dropped probabilities, sixteen threads a query.
  static TARAMA_DEVICE void soften(
      const Args& args, const HeadPlace& head, Int32 first, Shared& shared, Block<Local>& block) {
    const MaskRow mask = attention_mask(args.in, head);
    block.each([&](const Thread& thread, Local&) {
      const Int32 query = thread.index / key_tile;
      const float* const row = shared.scores[query];
      float most = row[0];
      for (Int32 key = thread.index % key_tile; key < head.keys; key += key_tile) {
        most = larger(row[key], most);
      }
      shared.part[query][thread.index % key_tile] = most;
    });
    block.each([&](const Thread& thread, Local&) {
      const Int32 query = thread.index / key_tile;
      const float most = most_of(shared.part[query]);
      float* const row = shared.scores[query];
      for (Int32 key = thread.index % key_tile; key < head.keys; key += key_tile) {
        row[key] = expf(row[key] - most);
      }
      if (thread.index % key_tile == 0 && args.log_sum && first + query < head.queries) {
        args.log_sum[log_sum_at(args, head, first + query)] = most;
      }
    });
    block.each([&](const Thread& thread, Local&) {
      const Int32 query = thread.index / key_tile;
      float sum = 0;
      for (Int32 key = thread.index % key_tile; key < head.keys; key += key_tile) {
        sum += shared.scores[query][key];
      }
      shared.part[query][thread.index % key_tile] = sum;
    });
    block.each(
        [&](const Thread& thread, Local&) { drop(args, head, first, mask, shared, thread); });
  }

  static TARAMA_DEVICE Int64 log_sum_at(const Args& args, const HeadPlace& head, Int32 query) {
    return static_cast<Int64>(head.head) * args.rows + head.first_row + query;
  }

  static TARAMA_DEVICE float most_of(const float (&part)[key_tile]) {
    float most = part[0];
    for (Int32 i = 1; i < key_tile; ++i) {
      most = larger(part[i], most);
    }
    return most;
  }

  /// A thread's elements of a query lie 16 apart, so that four in a row often share a draw.
  static TARAMA_DEVICE void drop(const Args& args,
                                 const HeadPlace& head,
                                 Int32 first,
                                 const MaskRow& mask,
                                 Shared& shared,
                                 const Thread& thread) {
    const Int32 query = thread.index / key_tile;
    float sum = 0;
    for (Int32 i = 0; i < key_tile; ++i) {
      sum += shared.part[query][i];
    }
    if (thread.index % key_tile == 0 && args.log_sum && first + query < head.queries) {
      args.log_sum[log_sum_at(args, head, first + query)] += logf(sum);
    }
    const float share = 1.0F / sum;
    FourWords words = {};
    Word drawn = 0;
    bool has_drawn = false;
    for (Int32 key = thread.index % key_tile; key < head.keys; key += key_tile) {
      float factor = 1.0F;
      if (args.in.dropout.threshold != 0) {
        const Int64 element = static_cast<Int64>(first + query) * head.keys + key;
        if (!has_drawn || drawn != block_of(element)) {
          drawn = block_of(element);
          words = philox(mask, drawn);
          has_drawn = true;
        }
        factor = keep_factor(args.in.dropout, words, word_of(element));
      }
      shared.scores[query][key] *= share * factor;
    }
  }

  /// A thread has a column of several queries, so that it reads a value once for all of them.
  static TARAMA_DEVICE void mix(const Args& args,
                                const HeadPlace& head,
                                Int32 first,
                                const Shared& shared,
                                const Thread& thread) {
    const Int32 width = args.in.head_width;
    const Int32 apart = thread.count / width;  // at least 1: no head is wider than a block
    const Int32 queries = static_cast<Int32>(smaller(query_tile, head.queries - first));
    const Int32 own = thread.index / width;
    const Int32 column = thread.index % width;
    if (own >= apart) {
      return;
    }
    float sums[query_tile] = {};
    for (Int32 key = 0; key < head.keys; ++key) {
      const float value = element_of(args.in, head, Part::value, key, column);
      for (Int32 slot = 0; slot < query_tile; ++slot) {
        const Int32 query = own + slot * apart;
        if (query < queries) {
          sums[slot] += shared.scores[query][key] * value;
        }
      }
    }
    for (Int32 slot = 0; slot < query_tile; ++slot) {
      const Int32 query = own + slot * apart;
      if (query < queries) {
        const Int64 row = head.first_row + first + query;
        args.context[row * args.in.hidden + head.column + column] = rounded<T>(sums[slot]);
      }
    }
  }
};

}  // namespace tarama::cuda
