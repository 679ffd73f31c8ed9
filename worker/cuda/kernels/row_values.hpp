// A row of hidden states, spread over the threads of a block: each thread holds the elements whose
// masks it draws, four to a draw.
#pragma once

#include "worker/cuda/kernels/block.hpp"
#include "worker/cuda/kernels/random.hpp"

#if TARAMA_CUDA
#define TARAMA_UNROLL _Pragma("unroll")
#else
#define TARAMA_UNROLL
#endif

namespace tarama::cuda {

inline constexpr Int32 widest_row = 4096;  // 4 draws of 4 elements for each of 256 threads
inline constexpr Int32 most_row_threads = 256;
inline constexpr Int32 draws_of_thread = 4;
inline constexpr Int32 values_of_thread = 4 * draws_of_thread;

/// Threads for rows of so many elements: as many as there are draws, in whole warps.
TARAMA_DEVICE Int32 row_threads(Int32 width) {
  const Int32 draws = 16 * ((width + 63) / 64);
  const Int32 rounded_up = (draws + threads_of_warp - 1) / threads_of_warp * threads_of_warp;
  return rounded_up < most_row_threads ? rounded_up : most_row_threads;
}

/// work(draw, block) for each of the thread's draws of a row.
template <class Work>
TARAMA_DEVICE void each_draw(const Thread& thread, Int32 width, Work work) {
  const Int32 draws = 16 * ((width + 63) / 64);
  TARAMA_UNROLL
  for (Int32 draw = 0; draw < draws_of_thread; ++draw) {
    const Int32 block = thread.index + draw * thread.count;
    if (block < draws) {
      work(draw, block);
    }
  }
}

/// work(slot, element) for each of the thread's elements.
template <class Work>
TARAMA_DEVICE void each_element(const Thread& thread, Int32 width, Work work) {
  each_draw(thread, width, [&](Int32 draw, Int32 block) {
    TARAMA_UNROLL
    for (Int32 word = 0; word < 4; ++word) {
      const Int32 element = (block / 16) * 64 + block % 16 + 16 * word;
      if (element < width) {
        work(4 * draw + word, element);
      }
    }
  });
}

/// work(slot, element, factor), with what dropout multiplies the element by.
template <class Work>
TARAMA_DEVICE void each_dropped(
    const Thread& thread, Int32 width, const Dropout& dropout, const MaskRow& row, Work work) {
  each_draw(thread, width, [&](Int32 draw, Int32 block) {
    FourWords words = {};
    if (dropout.threshold != 0) {
      words = philox(row, static_cast<Word>(block));
    }
    TARAMA_UNROLL
    for (Int32 word = 0; word < 4; ++word) {
      const Int32 element = (block / 16) * 64 + block % 16 + 16 * word;
      if (element < width) {
        work(4 * draw + word, element, keep_factor(dropout, words, word));
      }
    }
  });
}

/// What a thread of a row's block holds.
struct RowLocal {
  float x[values_of_thread];
  float normal[values_of_thread];
  float sum;
  float other;
};

/// From every thread's x to `normal`; `other` becomes what x - mean was multiplied by. Uses `sum`.
TARAMA_DEVICE void normalize_row(Block<RowLocal>& block, Int32 width, float eps) {
  block.each([&](const Thread& thread, RowLocal& local) {
    local.sum = 0;
    each_element(thread, width, [&](Int32 slot, Int32) { local.sum += local.x[slot]; });
  });
  block.sum(&RowLocal::sum);
  block.each([&](const Thread& thread, RowLocal& local) {
    const float mean = local.sum / static_cast<float>(width);
    local.other = 0;
    each_element(thread, width, [&](Int32 slot, Int32) {
      local.normal[slot] = local.x[slot] - mean;
      local.other += local.normal[slot] * local.normal[slot];
    });
  });
  block.sum(&RowLocal::other);
  block.each([&](const Thread& thread, RowLocal& local) {
    local.other = 1.0F / sqrtf(local.other / static_cast<float>(width) + eps);
    each_element(thread, width, [&](Int32 slot, Int32) { local.normal[slot] *= local.other; });
  });
}

/// A row behind the batch's last one: zeros, so that products over the rows of a graph's bucket
/// add nothing.
template <class T>
TARAMA_DEVICE void clear_row(const Thread& thread, Int32 width, Int64 row, Ptr<T> rows) {
  if (rows) {
    for (Int32 i = thread.index; i < width; i += thread.count) {
      rows[row * width + i] = rounded<T>(0.0F);
    }
  }
}

}  // namespace tarama::cuda
