// BertAdam over all parameters at once: squares by chunks, each tensor's clipping factor, then the
// update, operation by operation as worker/packed/kernels/bert_adam.hpp has it.
#pragma once

#include "worker/cuda/kernels/block.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

inline constexpr Int32 chunk_elements = 4096;
inline constexpr Int32 update_threads = 256;
inline constexpr Int32 no_word = -1;

struct TensorInfo {
  Int32 first_chunk;
  Int32 chunks;
  float weight_decay;  // 0 for what decay spares
  Int32 unused;
};

/// Some elements of one tensor; of the table of words a row, which may have no gradient.
struct ChunkInfo {
  Int64 begin;
  Int32 count;
  Int32 tensor;
  Int32 word;  // the row; or no_word
  Int32 unused;
};

TARAMA_DEVICE bool has_gradient(const BatchView& batch, const ChunkInfo& chunk) {
  return chunk.word == no_word || batch.has_gradient[chunk.word] != 0;
}

/// The sum of a chunk's squares, a block a chunk.
struct SumSquares {
  struct Args {
    BatchView batch;
    Ptr<const ChunkInfo> chunks;
    Ptr<const float> gradients;
    Ptr<double> squares;  // [chunks]
  };

  struct Local {
    float sum;
  };

  using Shared = Nothing;
  static constexpr Int32 most_threads = update_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 number = block.place().x;
    const ChunkInfo& chunk = args.chunks[number];
    block.each([&](const Thread& thread, Local& local) {
      local.sum = 0;
      if (has_gradient(args.batch, chunk)) {
        for (Int32 i = thread.index; i < chunk.count; i += thread.count) {
          const float g = args.gradients[chunk.begin + i];
          local.sum += g * g;
        }
      }
    });
    block.sum(&Local::sum);
    block.each([&](const Thread& thread, Local& local) {
      if (thread.index == 0) {
        args.squares[number] = static_cast<double>(local.sum);
      }
    });
  }
};

/// What each tensor's gradient is multiplied by, a block a tensor.
struct ClipFactors {
  struct Args {
    float max_norm;
    Ptr<const TensorInfo> tensors;
    Ptr<const double> squares;
    Ptr<float> factors;  // [tensors]
  };

  struct Shared {
    double part[update_threads];
  };

  using Local = Nothing;
  static constexpr Int32 most_threads = update_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared& shared, Block<Local>& block) {
    const Int32 number = block.place().x;
    const TensorInfo& tensor = args.tensors[number];
    block.each([&](const Thread& thread, Local&) {
      double sum = 0;
      for (Int32 i = thread.index; i < tensor.chunks; i += thread.count) {
        sum += args.squares[tensor.first_chunk + i];
      }
      shared.part[thread.index] = sum;
    });
    for (Int32 half = update_threads / 2; half > 0; half /= 2) {
      block.each([&](const Thread& thread, Local&) {
        if (thread.index < half) {
          shared.part[thread.index] += shared.part[thread.index + half];
        }
      });
    }
    block.each([&](const Thread& thread, Local&) {
      if (thread.index == 0) {
        args.factors[number] = factor_of(shared.part[0], args.max_norm);
      }
    });
  }

  /// The norm of the norm is no no-op: its square underflows for the smallest ones.
  static TARAMA_DEVICE float factor_of(double squares, float max_norm) {
    const float norm = static_cast<float>(sqrt(squares));
    const float total = sqrtf(norm * norm);
    const float factor = 1.0F / (total + 1e-6F) * max_norm;
    return factor > 1.0F ? 1.0F : factor;  // what is not a number stays none
  }
};

/// One update of a chunk, a block a chunk. Nothing once the run has diverged.
struct Update {
  struct Args {
    BatchView batch;
    Ptr<const OutcomeHeader> outcome;
    Ptr<const ChunkInfo> chunks;
    Ptr<const TensorInfo> tensors;
    Ptr<const float> factors;  // [tensors]; null: no clipping
    Ptr<const float> gradients;
    Ptr<float> values;
    Ptr<float> next_m;
    Ptr<float> next_v;
    Ptr<BFloat16> rounded_values;  // of products; null: values are
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = update_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    if (args.outcome[0].has_diverged != 0) {
      return;
    }
    const ChunkInfo& chunk = args.chunks[block.place().x];
    block.each([&](const Thread& thread, Local&) {
      for (Int32 i = thread.index; i < chunk.count; i += thread.count) {
        update(args, chunk, chunk.begin + i);
      }
    });
  }

  static TARAMA_DEVICE void update(const Args& args, const ChunkInfo& chunk, Int64 i) {
    // pytorch_pretrained_bert 0.6.2's own constants.
    constexpr float b1 = static_cast<float>(0.9);
    constexpr float rest1 = static_cast<float>(1 - 0.9);
    constexpr float b2 = static_cast<float>(0.999);
    constexpr float rest2 = static_cast<float>(1 - 0.999);
    constexpr float e = 1e-6F;
    float m = args.next_m[i] * b1;
    float v = args.next_v[i] * b2;
    if (has_gradient(args.batch, chunk)) {
      const float factor = args.factors ? args.factors[chunk.tensor] : 1.0F;
      const float g = args.gradients[i] * factor;
      m += g * rest1;
      v += g * g * rest2;
    }
    args.next_m[i] = m;
    args.next_v[i] = v;
    const float p = args.values[i];
    const float change = m / (sqrtf(v) + e) + p * args.tensors[chunk.tensor].weight_decay;
    const float updated = p - change * args.batch.header[0].lr;
    args.values[i] = updated;
    if (args.rounded_values) {
      args.rounded_values[i] = rounded<BFloat16>(updated);
    }
  }
};

/// The copies that products read, of values that were set. A block a chunk.
struct RoundValues {
  struct Args {
    Ptr<const ChunkInfo> chunks;
    Ptr<const float> values;
    Ptr<BFloat16> rounded_values;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = update_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const ChunkInfo& chunk = args.chunks[block.place().x];
    block.each([&](const Thread& thread, Local&) {
      for (Int32 i = thread.index; i < chunk.count; i += thread.count) {
        args.rounded_values[chunk.begin + i] = rounded<BFloat16>(args.values[chunk.begin + i]);
      }
    });
  }
};

}  // namespace tarama::cuda
