// Kernels from source to a processor's code, by NVRTC, at the first need of a machine: what was
// compiled is kept by architecture, source and compiler.
#pragma once

#include "core/sweep/result.hpp"

#include <string>
#include <vector>

namespace tarama::cuda {

struct CompiledKernels {
  std::vector<char> code;  // a cubin
  std::string compiler;    // "NVRTC 13.0"
  std::string code_hash;   // of the code: equal where a run's bits are, as far as kernels go
  bool is_from_cache = false;
};

/// NVRTC as it is found on this machine, in words: version and path. An error, for a person, where
/// there is none.
[[nodiscard]] Result<std::string> find_kernel_compiler();

/// For an architecture such as "sm_90". `cache_folder` is made if need be; empty: nothing is kept,
/// nor looked for. Takes some seconds where it has to compile; any thread.
[[nodiscard]] Result<CompiledKernels> compile_kernels(const std::string& architecture,
                                                      const std::string& cache_folder);

}  // namespace tarama::cuda
