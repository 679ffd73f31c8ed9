// See torch_library.hpp.
#include "worker/learners/torch_library.hpp"

#include <fmt/format.h>

#include <array>
#include <dlfcn.h>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace tarama {
namespace {

namespace fs = std::filesystem;

std::array<fs::path, 2> places() {
  std::error_code ignored;  // without /proc: relative to where we are
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  return {folder / torch_module_file, folder.parent_path() / "lib" / torch_module_file};
}

std::optional<fs::path> find_library() {
  std::error_code ignored;  // what cannot be looked at cannot be loaded
  for (const fs::path& place : places()) {
    if (fs::exists(place, ignored)) {
      return place;
    }
  }
  return std::nullopt;
}

std::string last_error() {
  const char* const text = dlerror();
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

bool has_torch_library() {
  return find_library().has_value();
}

Result<const TorchModule*> load_torch_library() {
  const auto library = find_library();
  if (!library) {
    return Error{Errc::not_found,
                 fmt::format("the torch learner is missing: there is no {}; build with "
                             "TARAMA_WITH_TORCH=ON, or train by another learner (training.learner)",
                             places().front().native())};
  }
  // Never closed: LibTorch's threads and the trainer's code live as long as the process.
  void* const handle = dlopen(library->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Error{Errc::io,
                 fmt::format("the torch learner cannot be loaded: {}; if LibTorch was moved or "
                             "removed, ./dev build puts it right",
                             last_error())};
  }
  const auto get = reinterpret_cast<GetTorchModule>(dlsym(handle, torch_module_symbol));
  const TorchModule* const module = get == nullptr ? nullptr : get();
  if (module == nullptr || module->version != std::string_view(TARAMA_VERSION) ||
      module->build != TorchModuleBuild{}) {
    return Error{Errc::refused,
                 fmt::format("{} is of another build of tarama than this program; build both "
                             "together: ./dev build",
                             library->native())};
  }
  return module;
}

bool has_cuda_driver() {
  void* const driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) {
    dlclose(driver);
  }
  return driver != nullptr;
}

}  // namespace tarama
