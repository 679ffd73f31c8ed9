// See dynamic_library.hpp.
#include "worker/cuda/driver/dynamic_library.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dlfcn.h>

namespace tarama::cuda {

Result<DynamicLibrary> DynamicLibrary::open(const std::string& what,
                                            const std::vector<std::string>& candidates) {
  std::string first_reason;
  for (const std::string& candidate : candidates) {
    if (void* const handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      return DynamicLibrary(handle, candidate);
    }
    const char* const reason = dlerror();
    if (first_reason.empty() && reason != nullptr) {
      first_reason = reason;
    }
  }
  return Error{Errc::not_found,
               fmt::format("{} cannot be opened: {} (looked for {})",
                           what,
                           first_reason.empty() ? "no file to try" : first_reason,
                           fmt::join(candidates, ", "))};
}

void* DynamicLibrary::symbol(const char* name) const {
  return dlsym(handle_, name);
}

}  // namespace tarama::cuda
