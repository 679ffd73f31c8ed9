// What is done to rows of hidden states, a block a row: embeddings, and dropout + residual +
// LayerNorm as one pass, forward and backward, for both arrangements of the norms. With norm: post
// the stream is what a LayerNorm gives; with pre it is what goes in, and its LayerNorm is the next
// part's.
#pragma once

#include "worker/cuda/kernels/row_values.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

enum class NormOrder : Int32 { post, pre };

/// A LayerNorm's parameters, and where it leaves what its backward pass needs.
struct NormArgs {
  Ptr<const float> gain;
  Ptr<const float> shift;
  Ptr<float> normal;   // [rows, hidden]
  Ptr<float> inverse;  // [rows]: 1 / deviation
  float eps;
};

/// The masks of a row.
TARAMA_DEVICE MaskRow mask_of(const BatchView& batch,
                              RowsOf rows,
                              const Dropout& dropout,
                              Int32 row) {
  const StepHeader& step = batch.header[0];
  return mask_row(
      step.key, step.step, dropout, example_at(batch, rows, row), position_at(batch, rows, row));
}

/// Zeros where the row is behind the batch, for kernels that leave a stream and its operand.
template <class Args>
TARAMA_DEVICE void clear_stream(Block<RowLocal>& block, const Args& args) {
  const Int32 row = block.place().x;
  block.each([&](const Thread& thread, RowLocal&) {
    clear_row(thread, args.hidden, row, args.stream);
    clear_row(thread, args.hidden, row, args.operand);
  });
}

/// What a LayerNorm's backward pass needs of an element, and the operand of products.
template <class Args>
TARAMA_DEVICE void keep_normal(const Args& args, Int64 at, float normal, float out) {
  if (args.norm.normal) {
    args.norm.normal[at] = normal;
  }
  if (args.operand) {
    args.operand[at] = rounded<typename Args::Operand>(out);
  }
}

/// The sum of a token's three embeddings. post: LayerNorm, then dropout, is the stream. pre:
/// dropout is, and the first layer's LayerNorm of it the operand.
template <class T>
struct Embed {
  struct Args {
    using Operand = T;

    BatchView batch;
    Int32 hidden;
    NormOrder order;
    Ptr<const float> words;
    Ptr<const float> positions;
    Ptr<const float> types;
    NormArgs norm;
    Dropout dropout;
    Ptr<float> stream;  // [rows, hidden]
    Ptr<T> operand;     // [rows, hidden], of products; null: the stream is
  };

  using Shared = Nothing;
  using Local = RowLocal;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 row = block.place().x;
    const Int32 hidden = args.hidden;
    const Int64 first = static_cast<Int64>(row) * hidden;
    if (row >= args.batch.header[0].tokens) {
      clear_stream(block, args);
      return;
    }
    const MaskRow mask = mask_of(args.batch, RowsOf::tokens, args.dropout, row);
    block.each([&](const Thread& thread, Local& local) {
      const auto word = args.words + static_cast<Int64>(args.batch.words[row]) * hidden;
      const auto type = args.types + static_cast<Int64>(args.batch.types[row]) * hidden;
      const auto position =
          args.positions + static_cast<Int64>(args.batch.position_of[row]) * hidden;
      each_element(thread, hidden, [&](Int32 slot, Int32 i) {
        local.x[slot] = word[i] + type[i] + position[i];
      });
      if (args.order == NormOrder::pre) {
        each_dropped(thread, hidden, args.dropout, mask, [&](Int32 slot, Int32 i, float factor) {
          local.x[slot] *= factor;
          args.stream[first + i] = local.x[slot];
        });
      }
    });
    normalize_row(block, hidden, args.norm.eps);
    block.each([&](const Thread& thread, Local& local) {
      if (thread.index == 0 && args.norm.inverse) {
        args.norm.inverse[row] = local.other;
      }
      each_dropped(thread, hidden, args.dropout, mask, [&](Int32 slot, Int32 i, float factor) {
        const float even = local.normal[slot];
        float out = even * args.norm.gain[i] + args.norm.shift[i];
        if (args.order == NormOrder::post) {
          out *= factor;
          args.stream[first + i] = out;
        }
        keep_normal(args, first + i, even, out);
      });
    });
  }
};

/// sum = dropped (x + bias) + residual. post: its LayerNorm is stream and operand. pre: it is the
/// stream, and its LayerNorm the operand.
template <class T>
struct AddAndNormalize {
  struct Args {
    using Operand = T;

    BatchView batch;
    RowsOf rows;
    Int32 hidden;
    NormOrder order;
    Int32 residual_is_by_token;  // where the rows are examples
    Ptr<const float> x;          // [rows, hidden]
    Ptr<const float> bias;
    Ptr<const float> residual;
    NormArgs norm;
    Dropout dropout;
    Ptr<float> stream;
    Ptr<T> operand;  // null: the stream is
  };

  using Shared = Nothing;
  using Local = RowLocal;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 row = block.place().x;
    const Int32 hidden = args.hidden;
    const Int64 first = static_cast<Int64>(row) * hidden;
    if (row >= rows_in(args.batch, args.rows)) {
      clear_stream(block, args);
      return;
    }
    const MaskRow mask = mask_of(args.batch, args.rows, args.dropout, row);
    const Int64 residual_row =
        args.residual_is_by_token != 0 ? token_at(args.batch, args.rows, row) : row;
    block.each([&](const Thread& thread, Local& local) {
      each_dropped(thread, hidden, args.dropout, mask, [&](Int32 slot, Int32 i, float factor) {
        local.x[slot] =
            (args.x[first + i] + args.bias[i]) * factor + args.residual[residual_row * hidden + i];
      });
    });
    normalize_row(block, hidden, args.norm.eps);
    block.each([&](const Thread& thread, Local& local) {
      if (thread.index == 0 && args.norm.inverse) {
        args.norm.inverse[row] = local.other;
      }
      each_element(thread, hidden, [&](Int32 slot, Int32 i) {
        const float even = local.normal[slot];
        const float out = even * args.norm.gain[i] + args.norm.shift[i];
        args.stream[first + i] = args.order == NormOrder::post ? out : local.x[slot];
        keep_normal(args, first + i, even, out);
      });
    });
  }
};

/// From the gradient of a LayerNorm's result that of the sum that went in, and of what was dropped
/// into that sum.
template <class T>
struct NormalizeBackward {
  struct Args {
    BatchView batch;
    RowsOf rows;
    Int32 hidden;
    Int32 drops_first;  // dropout came behind the LayerNorm: d_norm is dropped, in place
    Ptr<float> d_norm;
    Ptr<const float> d_plus;  // what else reaches the sum; may be null
    Ptr<const float> gain;
    Ptr<const float> normal;
    Ptr<const float> inverse;
    Dropout dropout;
    Ptr<float> d_sum;
    Ptr<T> d_part;  // of what was dropped; these two may be null
    Ptr<float> d_part_float;
  };

  using Shared = Nothing;
  using Local = RowLocal;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void clear(const Args& args, Block<Local>& block) {
    const Int32 row = block.place().x;
    block.each([&](const Thread& thread, Local&) {
      clear_row(thread, args.hidden, row, args.d_sum);
      clear_row(thread, args.hidden, row, args.d_part);
      clear_row(thread, args.hidden, row, args.d_part_float);
    });
  }

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 row = block.place().x;
    if (row >= rows_in(args.batch, args.rows)) {
      clear(args, block);
      return;
    }
    const Int32 hidden = args.hidden;
    const Int64 first = static_cast<Int64>(row) * hidden;
    const MaskRow mask = mask_of(args.batch, args.rows, args.dropout, row);
    block.each([&](const Thread& thread, Local& local) {
      local.sum = 0;
      local.other = 0;
      if (args.drops_first != 0) {
        each_dropped(thread, hidden, args.dropout, mask, [&](Int32, Int32 i, float factor) {
          args.d_norm[first + i] *= factor;
        });
      }
      each_element(thread, hidden, [&](Int32 slot, Int32 i) {
        local.x[slot] = args.d_norm[first + i] * args.gain[i];
        local.normal[slot] = args.normal[first + i];
        local.sum += local.x[slot];
        local.other += local.x[slot] * local.normal[slot];
      });
    });
    block.sum(&Local::sum);
    block.sum(&Local::other);
    block.each([&](const Thread& thread, Local& local) {
      const float mean = local.sum / static_cast<float>(hidden);
      const float slope = local.other / static_cast<float>(hidden);
      const float inverse = args.inverse[row];
      each_element(thread, hidden, [&](Int32 slot, Int32 i) {
        float d = (local.x[slot] - mean - local.normal[slot] * slope) * inverse;
        if (args.d_plus) {
          d += args.d_plus[first + i];
        }
        local.x[slot] = d;
        args.d_sum[first + i] = d;
      });
      if (args.drops_first != 0) {
        return;
      }
      each_dropped(thread, hidden, args.dropout, mask, [&](Int32 slot, Int32 i, float factor) {
        if (args.d_part) {
          args.d_part[first + i] = rounded<T>(local.x[slot] * factor);
        }
        if (args.d_part_float) {
          args.d_part_float[first + i] = local.x[slot] * factor;
        }
      });
    });
  }
};

/// From rows by example to rows by token: zeros but for each example's first token.
struct SpreadFirst {
  struct Args {
    BatchView batch;
    Int32 hidden;
    Ptr<const float> by_example;
    Ptr<float> by_token;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 row = block.place().x;
    const Int64 hidden = args.hidden;
    const bool is_first = row < args.batch.header[0].tokens && args.batch.position_of[row] == 0;
    block.each([&](const Thread& thread, Local&) {
      for (Int32 i = thread.index; i < hidden; i += thread.count) {
        args.by_token[row * hidden + i] =
            is_first ? args.by_example[args.batch.example_of[row] * hidden + i] : 0.0F;
      }
    });
  }
};

}  // namespace tarama::cuda
