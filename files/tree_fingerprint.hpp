// What a file, or a folder with all that lies in it, holds: so that one can tell later whether it
// has changed. Reads every byte.
#pragma once

#include "core/sweep/result.hpp"

#include <filesystem>
#include <string>

namespace tarama::files {

// Of more files a sweep's start would take minutes; such a folder is better named by a manifest.
inline constexpr std::size_t most_fingerprinted_files = 100'000;

/// Of a file its bytes, of a folder the names and bytes of its files, links followed for files
/// alone. `io`, with the path and the reason, where something cannot be read; `invalid_argument`
/// where it holds more than most_fingerprinted_files.
[[nodiscard]] Result<std::string> tree_fingerprint(const std::filesystem::path& path);

}  // namespace tarama::files
