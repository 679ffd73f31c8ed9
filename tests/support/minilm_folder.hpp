// Where MiniLM-L6's weights and vocabulary lie on this machine. They are not in the project:
// TARAMA_MINILM_DIR names their folder, else it is where `./dev fetch-model` puts them.
#pragma once

#include <cstdlib>
#include <filesystem>

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
  return caches / "tarama" / "minilm-l6";
}

}  // namespace tarama::test
