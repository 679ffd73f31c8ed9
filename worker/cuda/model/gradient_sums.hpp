// The gradients that are sums over rows: of biases, of LayerNorms' parameters, of segments. Each
// matrix is summed by chunks where its part of the backward pass ends, and all of them are finished
// by one launch behind the pass.
#pragma once

#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/kernels/sum_kernels.hpp"
#include "worker/cuda/model/linear.hpp"
#include "worker/cuda/model/pass_shape.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace tarama::cuda {

/// A matrix to be summed. One of `x` and `x16` is there.
struct SummedRows {
  RowsOf rows = RowsOf::tokens;
  Ptr<const float> x{};
  Ptr<const BFloat16> x16{};
  Ptr<const float> factor{};
  Int32 type = any_type;
};

class GradientSums {
 public:
  /// `targets`: offsets in the gradients and widths of all sums, in the order in which `sum` will
  /// be called. `gradients` is where they go.
  GradientSums(Device& device,
               StreamId stream,
               const std::vector<std::pair<std::int64_t, std::int64_t>>& targets,
               Address gradients);

  void begin() { next_ = 0; }

  /// Enqueues the chunks of the next sums, one for each matrix.
  void sum(const PassContext& context, const std::vector<SummedRows>& matrices);

  /// Behind the last of them.
  void finish(const PassContext& context, Into into);

 private:
  struct Target {
    std::int64_t width = 0;
    std::int64_t partial = 0;  // where its partial sums begin
  };

  Device& device_;
  std::vector<Target> targets_;
  DeviceArray<float> partial_;
  DeviceArray<FinishJob> jobs_;
  std::size_t next_ = 0;
};

}  // namespace tarama::cuda
