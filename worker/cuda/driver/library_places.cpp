// See library_places.hpp.
#include "worker/cuda/driver/library_places.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace tarama::cuda {
namespace {

namespace fs = std::filesystem;

/// Newest first: what is found first is taken.
constexpr std::string_view versions[] = {"13", "12"};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Folders with libraries of CUDA, LibTorch's first. The build knows where its LibTorch lies; its
/// wheel has NVIDIA's beside it.
std::vector<fs::path> folders(std::string_view wheel) {
  std::vector<fs::path> found;
#ifdef TARAMA_LIBTORCH_LIB
  const fs::path torch(TARAMA_LIBTORCH_LIB);
  const fs::path packages = torch.parent_path().parent_path();
  found.push_back(torch);
  found.push_back(packages / "nvidia/cu13/lib");
  found.push_back(packages / "nvidia" / wheel / "lib");
#else
  static_cast<void>(wheel);
#endif
  found.emplace_back("/usr/local/cuda/lib64");
  found.emplace_back("/usr/local/cuda/targets/x86_64-linux/lib");
  found.emplace_back("/usr/local/cuda/targets/sbsa-linux/lib");
  return found;
}

std::vector<std::string> candidates(const char* override_name,
                                    std::string_view library,
                                    std::string_view wheel) {
  if (const std::string named = variable(override_name); !named.empty()) {
    return {named};
  }
  std::vector<std::string> all;
  for (const fs::path& folder : folders(wheel)) {
    for (std::string& file : library_files(folder, library)) {
      all.push_back(std::move(file));
    }
  }
  for (const std::string_view version : versions) {
    all.push_back(std::string(library) + ".so." + std::string(version));
  }
  return all;
}

/// Whether `name` is `library` with a hash before `ending`.
bool is_hashed(std::string_view name, std::string_view library, std::string_view ending) {
  if (!name.starts_with(library) || !name.ends_with(ending) ||
      name.size() <= library.size() + 1 + ending.size()) {
    return false;
  }
  name.remove_prefix(library.size());
  name.remove_suffix(ending.size());
  const bool is_hex = name.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
  return name.front() == '-' && is_hex;
}

}  // namespace

std::vector<std::string> library_files(const fs::path& folder, std::string_view library) {
  std::vector<std::string> names;
  std::error_code ignored;  // what cannot be looked at cannot be opened
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    names.push_back(entry->path().filename());
  }
  std::ranges::sort(names);
  std::vector<std::string> files;
  for (const std::string_view version : versions) {
    const std::string ending = ".so." + std::string(version);
    const std::string plain = std::string(library) + ending;
    if (std::ranges::binary_search(names, plain)) {
      files.push_back(folder / plain);
    }
    for (const std::string& name : names) {
      if (is_hashed(name, library, ending)) {
        files.push_back(folder / name);
      }
    }
  }
  return files;
}

std::vector<std::string> driver_candidates() {
  const std::string named = variable("TARAMA_CUDA_DRIVER");
  return {named.empty() ? "libcuda.so.1" : named};
}

std::vector<std::string> nvrtc_candidates() {
  return candidates("TARAMA_NVRTC", "libnvrtc", "cuda_nvrtc");
}

std::vector<std::string> cublaslt_candidates() {
  return candidates("TARAMA_CUBLASLT", "libcublasLt", "cublas");
}

std::string kernel_cache_folder() {
  const std::string cache = variable("XDG_CACHE_HOME");
  const std::string home = variable("HOME");
  if (cache.empty() && home.empty()) {
    return {};
  }
  return (cache.empty() ? fs::path(home) / ".cache" : fs::path(cache)) / "tarama/kernels";
}

}  // namespace tarama::cuda
