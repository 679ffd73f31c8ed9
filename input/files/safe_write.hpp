// Files and folders that are there whole or not at all, whoever dies in between.
#pragma once

#include "core/sweep/result.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace tarama::input {

/// Writes to a temporary name beside `path` and renames. A crash of the process leaves the old
/// file or the new one; after a power cut the new one may hold anything (it is not synced).
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

/// Writes a folder of these contents (file name to bytes) to a temporary name, synced, and renames;
/// a folder that is there already is replaced, with no moment without one where the file system
/// can exchange two names. Its parent is made where it is missing.
[[nodiscard]] Result<void> replace_folder(const std::filesystem::path& folder,
                                          const std::map<std::string, std::string>& contents);

}  // namespace tarama::input
