// Where CUDA's libraries are looked for. By absolute path where a copy belongs to LibTorch: that
// one fits the driver which LibTorch was chosen for, and whichever other is first in a search path
// may not.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::cuda {

/// The files of a library ("libnvrtc") in a folder, version 13's first. LibTorch's archives put a
/// hash into the names of some: libnvrtc-b51b459d.so.12.
[[nodiscard]] std::vector<std::string> library_files(const std::filesystem::path& folder,
                                                     std::string_view library);

/// NVIDIA's driver itself; TARAMA_CUDA_DRIVER names another.
[[nodiscard]] std::vector<std::string> driver_candidates();
/// The compiler of kernels, NVRTC: TARAMA_NVRTC alone where it is set; else beside LibTorch, in
/// NVIDIA's wheels beside it, in CUDA's usual folder, by the system's search.
[[nodiscard]] std::vector<std::string> nvrtc_candidates();
/// cuBLASLt, likewise; TARAMA_CUBLASLT.
[[nodiscard]] std::vector<std::string> cublaslt_candidates();

/// The folder for compiled kernels: below XDG_CACHE_HOME or ~/.cache; empty: there is none.
[[nodiscard]] std::string kernel_cache_folder();

}  // namespace tarama::cuda
