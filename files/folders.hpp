// Folders within a store that is there.
#pragma once

#include <filesystem>
#include <system_error>

namespace tarama::files {

/// Makes the folder and the one above it, where they are missing, and nothing further up: where a
/// store was moved away in the meantime, nobody makes it anew.
[[nodiscard]] std::error_code make_folder(const std::filesystem::path& folder);

}  // namespace tarama::files
