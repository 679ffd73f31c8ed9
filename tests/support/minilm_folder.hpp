// Where MiniLM-L6's weights and vocabulary lie on this machine. They are not in the project:
// TARAMA_MINILM_DIR names their folder, else it is where `./dev fetch-model` puts them, else, where
// that has none, shared/models/minilm-l6 beside the project.
#pragma once

#include "tests/support/places.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tarama::test {

/// The folder, whether it is there or not.
[[nodiscard]] inline std::filesystem::path minilm_folder() {
  if (const char* const named = std::getenv("TARAMA_MINILM_DIR")) {
    return named;
  }
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const std::filesystem::path caches =
      cache != nullptr && *cache != '\0'
          ? std::filesystem::path(cache)
          : std::filesystem::path(home != nullptr ? home : "") / ".cache";
  const auto fetched = caches / "tarama" / "minilm-l6";
  const auto beside = source_folder().parent_path() / "shared" / "models" / "minilm-l6";
  std::error_code ignored;  // a folder that cannot be asked for has none
  const bool is_beside = !std::filesystem::exists(fetched / "model.safetensors", ignored) &&
                         std::filesystem::exists(beside / "model.safetensors", ignored);
  return is_beside ? beside : fetched;
}

}  // namespace tarama::test
