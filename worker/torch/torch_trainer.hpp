// The trainer that trains: BERT sequence classifiers by LibTorch with autograd. Plain on purpose;
// faster trainers are held against it. Needs LibTorch, fmt, Boost's headers and tarama_numerics.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tarama {

/// `device`: "cpu", "cpu:0", "cpu*4" (the number is for people), "cuda" or "cuda:1". A CUDA device
/// is the first one that this process sees, whatever its number: CUDA_VISIBLE_DEVICES has narrowed
/// the process to it. `threads` is part of what a run's bits depend on; at least 1. Sets LibTorch's
/// process-wide switches, so that one process has trainers of one device and one number of threads.
[[nodiscard]] Result<std::unique_ptr<Trainer>> make_torch_trainer(const std::string& device,
                                                                  int threads);

struct LibTorchInfo {
  std::string version;            // "2.13.0"
  std::int64_t cuda_devices = 0;  // that this process sees and this LibTorch can use
  int cuda_version = 0;           // that it was built with, 12040 for 12.4; 0: without CUDA
};

[[nodiscard]] LibTorchInfo libtorch_info();

}  // namespace tarama
