// Whether a GPU computes what the packed learner on this machine's processor computes: a small
// model, some steps. It is asked before a GPU trains anything, since drivers, libraries, and GPUs
// that fail differ from those that the kernels were held against.
#pragma once

#include "worker/cuda/device/device.hpp"

#include <optional>
#include <string>

namespace tarama::cuda {

/// What comes out wrong, for a person; nullopt: nothing. Both norms and precisions, evaluation,
/// training with dropout, graphs, and the same bits twice. Some steps. OutOfDeviceMemory says
/// nothing of the device but that it is full; what else fails on it is a fault.
[[nodiscard]] std::optional<std::string> fault_in(Device& device);

}  // namespace tarama::cuda
