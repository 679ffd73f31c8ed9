// Models of runs that were taken over from another sweep: the files of the run that trained them.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <filesystem>

namespace tarama::orchestrator {

/// Gives each run of `sweep` that was taken over, and has no model, that of the run it came from,
/// if that has kept one. Large files are shared by hard links, where the file system has them. May
/// be done twice. Blocks on files and the database.
[[nodiscard]] Result<void> take_models(const std::filesystem::path& store, SweepId sweep);

}  // namespace tarama::orchestrator
