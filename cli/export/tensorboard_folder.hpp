// A sweep as TensorBoard reads it: a folder of event files, one for each run, and one that says
// what the sweep varies, for the plugin HParams.
#pragma once

#include "cli/export/exported_sweep.hpp"

#include <filesystem>
#include <functional>

namespace tarama::cli {

/// Called after each run with how many are done.
using ExportProgress = std::function<void(std::size_t done)>;

/// Into an empty folder: run-RUN/events.out.tfevents.SECONDS.tarama with train/, eval/ and test/
/// numbers by step. Replicates of a level are one session group ("level 3").
[[nodiscard]] Result<void> write_tensorboard(const std::filesystem::path& folder,
                                             const db::ReadStore& store,
                                             const ExportedSweep& sweep,
                                             const ExportProgress& progress);

}  // namespace tarama::cli
