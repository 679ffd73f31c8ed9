// BertAdam over a plan, on a device: parameters, moments, and the copies that products read. Each
// tensor is clipped by itself; all of them are updated by one launch.
#pragma once

#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/kernels/update_kernels.hpp"
#include "worker/cuda/model/pass_shape.hpp"
#include "worker/packed/model/model_plan.hpp"

#include <cstdint>

namespace tarama::cuda {

enum class Precision16 { none, bfloat16 };

/// What stays the same from update to update.
struct AdamSettings {
  double weight_decay = 0;
  double max_grad_norm = 0;  // of each parameter by itself; 0 or less: no clipping
};

class DeviceAdam {
 public:
  /// Moments are 0; parameters and gradients are of nobody until they are written.
  DeviceAdam(Device& device,
             StreamId stream,
             const packed::ModelPlan& plan,
             const AdamSettings& settings,
             Precision16 copies);

  /// One update with the rate of the batch's header; nothing where `outcome` says that the run has
  /// diverged.
  void update(StreamId stream, const BatchView& batch, Ptr<const OutcomeHeader> outcome);

  /// Makes the copies that products read anew, of parameters that were written.
  void values_were_set(StreamId stream);

  [[nodiscard]] ParameterPlaces parameters() const {
    return {.values = values.address(),
            .of_products = copies_.count() > 0 ? copies_.address() : values.address()};
  }

  [[nodiscard]] ParameterPlaces parameters_in_float32() const {
    return {.values = values.address(), .of_products = values.address()};
  }

  // By the plan.
  DeviceArray<float> values;
  DeviceArray<float> next_m;
  DeviceArray<float> next_v;
  DeviceArray<float> gradients;

 private:
  Device& device_;
  AdamSettings settings_;
  DeviceArray<BFloat16> copies_;
  DeviceArray<ChunkInfo> chunks_;
  DeviceArray<TensorInfo> tensors_;
  DeviceArray<double> squares_;
  DeviceArray<float> factors_;
};

}  // namespace tarama::cuda
