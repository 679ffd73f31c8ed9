// A kernel is a function over a block of threads, written as phases: `each` runs one for every
// thread, and no thread begins the next before all have ended it. On a GPU a phase ends at a
// barrier. As plain C++ the threads of a phase run one after the other, forwards or backwards: what
// one thread of a phase reads of another, for want of a barrier, comes out differently.
//
// Between phases the code is the block's own: it may read arguments, and memory that this kernel
// does not write, and decides the same for all threads.
#pragma once

#include "worker/cuda/kernels/portable.hpp"

#if !TARAMA_CUDA
#include <vector>
#endif

namespace tarama::cuda {

/// A thread's place.
struct Thread {
  Int32 index = 0;
  Int32 count = 0;  // threads of a block
};

/// A block's place in the grid.
struct Place2 {
  Int32 x = 0;
  Int32 y = 0;
  Int32 count_x = 0;
};

inline constexpr Int32 threads_of_warp = 32;
inline constexpr Int32 most_warps = 32;

/// Threads of one block are summed in the same tree on both sides: within each warp by halves
/// exchanged (`partner ^ 16, 8, .. 1`), then warp after warp.
#if TARAMA_CUDA

template <class Local>
class Block {
 public:
  TARAMA_DEVICE explicit Block(float* scratch) : scratch_(scratch) {
    thread_.index = static_cast<Int32>(threadIdx.x);
    thread_.count = static_cast<Int32>(blockDim.x);
  }

  TARAMA_DEVICE Place2 place() const {
    return {static_cast<Int32>(blockIdx.x),
            static_cast<Int32>(blockIdx.y),
            static_cast<Int32>(gridDim.x)};
  }

  template <class Phase>
  TARAMA_DEVICE void each(Phase phase) {
    phase(thread_, local_);
    __syncthreads();
  }

  /// Every thread's `member` becomes the sum of all of them.
  TARAMA_DEVICE void sum(float Local::*member) {
    local_.*member = reduced(local_.*member, [](float a, float b) { return a + b; });
  }

  /// The largest; not a number where one of them is none.
  TARAMA_DEVICE void most(float Local::*member) {
    local_.*member =
        reduced(local_.*member, [](float a, float b) { return a > b || a != a ? a : b; });
  }

 private:
  template <class Combine>
  TARAMA_DEVICE float reduced(float x, Combine combine) {
    for (Int32 distance = threads_of_warp / 2; distance > 0; distance /= 2) {
      x = combine(x, __shfl_xor_sync(0xFFFFFFFFU, x, distance));
    }
    if (thread_.index % threads_of_warp == 0) {
      scratch_[thread_.index / threads_of_warp] = x;
    }
    __syncthreads();
    float total = scratch_[0];
    for (Int32 warp = 1; warp < thread_.count / threads_of_warp; ++warp) {
      total = combine(total, scratch_[warp]);
    }
    __syncthreads();  // the next sum writes there
    return total;
  }

  Thread thread_;
  Local local_{};
  float* scratch_;
};

/// The kernel `name` that runs `Kernel` over each block.
#define TARAMA_CUDA_KERNEL(name, ...)                                     \
  extern "C" __global__ void __launch_bounds__(__VA_ARGS__::most_threads) \
      name(const __grid_constant__ typename __VA_ARGS__::Args args) {     \
    using Kernel = __VA_ARGS__;                                           \
    __shared__ typename Kernel::Shared shared;                            \
    __shared__ float scratch[tarama::cuda::most_warps];                   \
    tarama::cuda::Block<typename Kernel::Local> block(scratch);           \
    Kernel::run(args, shared, block);                                     \
  }

#else

enum class ThreadOrder { forwards, backwards };

template <class Local>
class Block {
 public:
  /// `threads` is a multiple of threads_of_warp.
  Block(const Place2& place, Int32 threads, ThreadOrder order)
      : place_(place), order_(order), locals_(static_cast<std::size_t>(threads)) {}

  [[nodiscard]] const Place2& place() const { return place_; }

  template <class Phase>
  void each(Phase phase) {
    const auto count = static_cast<Int32>(locals_.size());
    for (Int32 i = 0; i < count; ++i) {
      const Int32 index = order_ == ThreadOrder::forwards ? i : count - 1 - i;
      phase(Thread{index, count}, locals_[static_cast<std::size_t>(index)]);
    }
  }

  void sum(float Local::*member) {
    reduce(member, [](float a, float b) { return a + b; });
  }

  void most(float Local::*member) {
    reduce(member, [](float a, float b) { return a > b || a != a ? a : b; });
  }

 private:
  template <class Combine>
  void reduce(float Local::*member, Combine combine) {
    float total = 0;
    for (std::size_t first = 0; first < locals_.size(); first += threads_of_warp) {
      float lanes[threads_of_warp];
      for (std::size_t i = 0; i < threads_of_warp; ++i) {
        lanes[i] = locals_[first + i].*member;
      }
      for (std::size_t distance = threads_of_warp / 2; distance > 0; distance /= 2) {
        float before[threads_of_warp];
        std::memcpy(before, lanes, sizeof(lanes));
        for (std::size_t i = 0; i < threads_of_warp; ++i) {
          lanes[i] = combine(before[i], before[i ^ distance]);
        }
      }
      total = first == 0 ? lanes[0] : combine(total, lanes[0]);
    }
    for (Local& local : locals_) {
      local.*member = total;
    }
  }

  Place2 place_;
  ThreadOrder order_;
  std::vector<Local> locals_;
};

#endif

/// Of kernels whose threads keep nothing from phase to phase, or share nothing.
struct Nothing {
  char unused;
};

}  // namespace tarama::cuda
