// What must hold of the learner on a real GPU.
#pragma once

#include "tests/gpu/check_list.hpp"
#include "worker/cuda/device/device.hpp"

namespace tarama::gpu_check {

enum class Effort { quick, whole };

/// Parity with the CPU's learner, equal bits, resumption, runs beside each other, parts of a batch,
/// memory.
void check_learner(CheckList& list, cuda::Device& device, Effort effort);

/// Writes where nothing is allocated; true if the driver says so, as it must. For a process that
/// does nothing else.
[[nodiscard]] bool poisons_the_context(cuda::Device& device);

/// Steps of models by their shape, one run and several at once, and what the device could do.
void measure_steps(CheckList& list, cuda::Device& device);

}  // namespace tarama::gpu_check
