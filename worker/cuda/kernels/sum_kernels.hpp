// Gradients that are sums over rows, without atomics: by chunks of rows, then over the chunks, each
// in one order. So the bits do not depend on which block came first.
#pragma once

#include "worker/cuda/kernels/block.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

inline constexpr Int32 sum_threads = 128;  // a thread a column
inline constexpr Int32 most_sum_jobs = 8;
inline constexpr Int32 any_type = -1;

/// The sums of a matrix's columns. One of `x` and `x16` is there.
struct SumJob {
  Ptr<const float> x;  // [rows, width]
  Ptr<const BFloat16> x16;
  Ptr<const float> factor;  // [rows, width]: each element is multiplied by; may be null
  Ptr<float> partial;       // [chunks, width]
  RowsOf rows;
  Int32 width;
  Int32 type;         // rows of tokens of this segment alone; or any_type
  Int32 first_block;  // of the grid
};

/// Partial sums of several matrices. The grid is [blocks of columns of all of them, chunks].
struct SumColumns {
  struct Args {
    BatchView batch;
    Int32 rows_of_chunk;
    Int32 count;
    SumJob jobs[most_sum_jobs];  // by first_block, ascending
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = sum_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    Int32 number = args.count - 1;
    while (args.jobs[number].first_block > block.place().x) {
      --number;
    }
    const SumJob& job = args.jobs[number];
    const Int32 chunk = block.place().y;
    const Int64 first_column = static_cast<Int64>(block.place().x - job.first_block) * sum_threads;
    const Int64 first = static_cast<Int64>(chunk) * args.rows_of_chunk;
    const Int64 past = smaller(first + args.rows_of_chunk, rows_in(args.batch, job.rows));
    block.each([&](const Thread& thread, Local&) {
      const Int64 column = first_column + thread.index;
      if (column >= job.width) {
        return;
      }
      float sum = 0;
      for (Int64 row = first; row < past; ++row) {
        if (job.type != any_type && args.batch.types[row] != job.type) {
          continue;
        }
        const Int64 at = row * job.width + column;
        const float x = job.x ? job.x[at] : widened(job.x16[at]);
        sum += job.factor ? x * job.factor[at] : x;
      }
      job.partial[chunk * job.width + column] = sum;
    });
  }
};

/// Columns of one of those matrices, to be finished.
struct FinishJob {
  Ptr<const float> partial;  // from its first column on
  Ptr<float> out;
  Int32 width;    // of the matrix
  Int32 columns;  // of these, at most sum_threads
};

/// The sums over the chunks, a block a job.
struct FinishSums {
  struct Args {
    Int32 chunks;
    Int32 adds;  // to what is there
    Ptr<const FinishJob> jobs;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = sum_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const FinishJob& job = args.jobs[block.place().x];
    block.each([&](const Thread& thread, Local&) {
      if (thread.index >= job.columns) {
        return;
      }
      float sum = 0;
      for (Int32 chunk = 0; chunk < args.chunks; ++chunk) {
        sum += job.partial[static_cast<Int64>(chunk) * job.width + thread.index];
      }
      job.out[thread.index] = args.adds != 0 ? job.out[thread.index] + sum : sum;
    });
  }
};

/// A row of the table of words: the sum over its tokens, in their order. A block a row.
struct WordGradients {
  struct Args {
    BatchView batch;
    Int32 hidden;
    Ptr<const float> d_x;  // [tokens, hidden]
    Ptr<float> gradients;  // [rows of the table, hidden]
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = 256;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 number = block.place().x;
    if (number >= args.batch.header[0].gradient_rows) {
      return;
    }
    const Int64 row = static_cast<Int64>(args.batch.gradient_row[number]) * args.hidden;
    const bool adds = args.batch.gradient_adds[number] != 0;
    block.each([&](const Thread& thread, Local&) {
      for (Int32 i = thread.index; i < args.hidden; i += thread.count) {
        float sum = 0;
        for (Int32 at = args.batch.gradient_begin[number];
             at < args.batch.gradient_begin[number + 1];
             ++at) {
          sum += args.d_x[static_cast<Int64>(args.batch.gradient_tokens[at]) * args.hidden + i];
        }
        args.gradients[row + i] = adds ? args.gradients[row + i] + sum : sum;
      }
    });
  }
};

/// A row of the table of positions: the sum over the examples that are so long. A block a row.
struct PositionGradients {
  struct Args {
    BatchView batch;
    Int32 hidden;
    Int32 adds;
    Ptr<const float> d_x;
    Ptr<float> gradients;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = 256;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 position = block.place().x;
    const Int64 row = static_cast<Int64>(position) * args.hidden;
    block.each([&](const Thread& thread, Local&) {
      for (Int32 i = thread.index; i < args.hidden; i += thread.count) {
        float sum = 0;
        for (Int32 example = 0; example < args.batch.header[0].examples; ++example) {
          const Int64 token = args.batch.offsets[example] + position;
          if (token < args.batch.offsets[example + 1]) {
            sum += args.d_x[token * args.hidden + i];
          }
        }
        args.gradients[row + i] = args.adds != 0 ? args.gradients[row + i] + sum : sum;
      }
    });
  }
};

}  // namespace tarama::cuda
