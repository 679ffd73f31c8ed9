// The hash of a file's bytes. Weights are hundreds of megabytes and asked for once per run, so
// what was hashed is remembered for as long as the file is the same one.
#pragma once

#include "core/sweep/result.hpp"

#include <filesystem>
#include <string>

namespace tarama::input {

/// Remembered within the process by path, device, inode, size and time of change. Any thread.
[[nodiscard]] Result<std::string> file_fingerprint(const std::filesystem::path& path);

}  // namespace tarama::input
