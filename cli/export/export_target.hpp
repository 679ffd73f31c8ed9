// Where an export goes: a file or a folder that is there whole or not at all, and never over
// something that is there.
#pragma once

#include "core/sweep/result.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>

namespace tarama::cli {

/// Gives `fill` a stream into `path`, which has its name once all of it is written. `refused` where
/// something is at `path`; `disk_full` or `io` where it cannot be written.
[[nodiscard]] Result<void> export_file(const std::filesystem::path& path,
                                       const std::function<Result<void>(std::ostream&)>& fill);

/// The same for a folder, which `fill` gets empty and under another name.
[[nodiscard]] Result<void> export_folder(
    const std::filesystem::path& path,
    const std::function<Result<void>(const std::filesystem::path&)>& fill);

/// Opens a file to be written, and asks `fill` to; says what went wrong with it.
[[nodiscard]] Result<void> write_stream(const std::filesystem::path& path,
                                        const std::function<Result<void>(std::ostream&)>& fill);

}  // namespace tarama::cli
