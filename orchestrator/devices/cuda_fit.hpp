// Whether driver, LibTorch, kernel compiler and GPUs go together: each comes from somewhere else,
// and what does not fit says so only at the first run, if at all. Pure.
#pragma once

#include "core/sweep/gpu_needs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::orchestrator {

/// A version of CUDA, 12040 for 12.4 as CUDA itself writes it; 0: none.
using CudaVersion = int;

/// What was found on a machine with GPUs.
struct CudaStack {
  std::string driver;                        // its own version, "550.54.14"
  std::optional<CudaVersion> driver_serves;  // the newest CUDA; nullopt: it does not say
  std::string libtorch;                      // its version; empty: there is none
  std::optional<CudaVersion> libtorch_of;    // what it was built with; 0: without CUDA
  std::string kernel_compiler;               // "NVRTC 13.0 (path)", or what is said in its place
  std::vector<ComputeCapability> gpus;       // those that are known
};

struct Misfit {
  std::string what;
  std::string remedy;

  friend bool operator==(const Misfit&, const Misfit&) = default;
};

/// What does not go together, and what to do; empty: all that is known does.
[[nodiscard]] std::vector<Misfit> misfits_of(const CudaStack& stack);

/// "driver 550.54 serves CUDA 12.4, LibTorch 2.13.0 is of CUDA 12.6, NVRTC 12.6 (path)".
[[nodiscard]] std::string words_of(const CudaStack& stack);

/// Of "NVRTC 13.0 (path)"; nullopt: it is no such text.
[[nodiscard]] std::optional<CudaVersion> version_of_compiler(std::string_view words);

}  // namespace tarama::orchestrator
