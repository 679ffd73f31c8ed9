// Numbers that other programs printed (the original BertAdam, transformers, the original
// WordPiece), for tests that hold tarama against them. Reads the folder named by
// TARAMA_REFERENCE_DIR, by default the project's own copy in tests/reference/. A file that is
// missing fails the test with its name; it never skips it. Link `reference_vectors`.
#pragma once

#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <zlib.h>

namespace tarama::test {

[[nodiscard]] inline std::filesystem::path reference_folder() {
  const char* const named = std::getenv("TARAMA_REFERENCE_DIR");
  return named != nullptr ? std::filesystem::path(named) : source_folder() / "tests" / "reference";
}

/// The bytes of a file, unpacked if it is gzip. Throws, which fails the test, if it cannot be
/// read.
[[nodiscard]] inline std::string read_maybe_gzip(const std::filesystem::path& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw std::runtime_error("cannot open reference file " + path.string());
  }
  std::string text;
  std::array<char, 1 << 16> block{};
  int count = 0;
  while ((count = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0) {
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  gzclose(file);
  if (count < 0) {
    throw std::runtime_error("cannot read reference file " + path.string());
  }
  return text;
}

/// NAME.json or NAME.json.gz of the reference folder, parsed. `name` may hold a subfolder.
[[nodiscard]] inline nlohmann::json reference_vectors(const std::string& name) {
  for (const char* const ending : {".json", ".json.gz"}) {
    const auto path = reference_folder() / (name + ending);
    if (std::filesystem::exists(path)) {
      return nlohmann::json::parse(read_maybe_gzip(path));
    }
  }
  throw std::runtime_error("reference file " + (reference_folder() / name).string() +
                           ".json[.gz] is missing; TARAMA_REFERENCE_DIR names the folder");
}

}  // namespace tarama::test
