// Where the project's own files, the programs under test and the stand-in for NVML lie. Compiled
// once (places.cpp), so that no test's object depends on the folder it was built in and ccache
// can share them between clones.
#pragma once

#include <filesystem>
#include <string>

namespace tarama::test {

/// The project's root, with docs/, configs/ and tests/.
[[nodiscard]] std::filesystem::path source_folder();

/// A program that this build made, e.g. "tarama-worker-fake".
[[nodiscard]] std::string bin(const std::string& program);

/// The library with four GPUs, for TARAMA_NVML.
[[nodiscard]] std::string stub_nvml();

}  // namespace tarama::test
