// See places.hpp; tests/support/CMakeLists.txt defines the three macros for this file alone.
#include "tests/support/places.hpp"

namespace tarama::test {

std::filesystem::path source_folder() {
  return TARAMA_SOURCE_DIR;
}

std::string bin(const std::string& program) {
  return std::string(TARAMA_BIN_DIR) + "/" + program;
}

std::string stub_nvml() {
  return TARAMA_STUB_NVML;
}

}  // namespace tarama::test
