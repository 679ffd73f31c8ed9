// Names the stub as NVIDIA's three libraries, and a folder of its own for compiled kernels, while
// it lives.
#pragma once

#include "tests/support/temp_folder.hpp"
#include "worker/cuda/driver/dynamic_library.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cuda::test {

class StubCuda {
 public:
  StubCuda() {
    for (const char* const name : {"TARAMA_CUDA_DRIVER", "TARAMA_NVRTC", "TARAMA_CUBLASLT"}) {
      set(name, TARAMA_STUB_CUDA);
    }
    set("XDG_CACHE_HOME", folder_.path().c_str());
  }

  StubCuda(const StubCuda&) = delete;
  StubCuda& operator=(const StubCuda&) = delete;

  ~StubCuda() {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }

  /// What the stub has made and not been given back, but for memory.
  [[nodiscard]] static int objects() {
    const auto stub = DynamicLibrary::open("the stub", {TARAMA_STUB_CUDA});
    int (*count)() = nullptr;
    return stub && stub->find("stub_cuda_objects", count) ? count() : -1;
  }

  [[nodiscard]] std::filesystem::path cache() const { return folder_.path() / "tarama/kernels"; }

  void set(const char* name, const std::string& value) {
    const char* const before = std::getenv(name);
    before_.emplace_back(name,
                         before == nullptr ? std::nullopt : std::optional(std::string(before)));
    setenv(name, value.c_str(), 1);
  }

 private:
  tarama::test::TempFolder folder_;
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

}  // namespace tarama::cuda::test
