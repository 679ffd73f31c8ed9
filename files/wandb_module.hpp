// python/tarama_wandb.py: the module that stands in for `wandb` where a sweep chooses it, as text,
// and in the store's folder, from which programs import it.
#pragma once

#include "core/sweep/result.hpp"

#include <filesystem>
#include <string_view>

namespace tarama::files {

/// The file, as it was when this program was built.
[[nodiscard]] std::string_view wandb_module();

/// Puts it into the store as wandb.py, unless it is there already, and says in which folder: a
/// folder with nothing else in it. For any thread and process; who imports it meanwhile sees the
/// whole file. `disk_full` or `io` where it cannot be written.
[[nodiscard]] Result<std::filesystem::path> place_wandb_module(const std::filesystem::path& store);

}  // namespace tarama::files
