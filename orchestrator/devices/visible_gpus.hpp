// What CUDA_VISIBLE_DEVICES leaves of the machine's GPUs, and what to tell of it: CUDA itself drops
// what it does not understand without a word, and then there is none, or another one.
#pragma once

#include "orchestrator/devices/nvml.hpp"

#include <string>
#include <vector>

namespace tarama::orchestrator {

struct VisibleGpus {
  std::vector<Gpu> gpus;  // in the order of the list
  std::string trouble{};  // what the list names and we do not have; empty: nothing
  std::string order{};    // where an index may mean another GPU to CUDA than to us; empty: nowhere
};

/// `visible` and `order` are CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER; nullptr: not set. The list
/// has indices (by PCI bus, as NVML counts) or UUIDs, or beginnings of one that fit it alone; like
/// CUDA we take what stands before the first that is neither. "" and "-1" mean none.
[[nodiscard]] VisibleGpus visible_gpus(std::vector<Gpu> gpus,
                                       const char* visible,
                                       const char* order);

}  // namespace tarama::orchestrator
