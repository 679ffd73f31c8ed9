// Checkpoints of one run on disk: written to a temporary file, synced, renamed, with a checksum
// and a version; the two newest are kept. A damaged one falls back to the older, then to the
// start, and says so.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "worker/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct LoadedCheckpoint {
  std::optional<TrainerState> state;  // nullopt: from the start
  std::vector<std::string> remarks;   // what was found damaged or foreign, for the run's log
};

/// `folder` is checkpoints/<run>/ and need not exist. `run_key` guards against a checkpoint of
/// another run.
[[nodiscard]] Result<void> save_checkpoint(const std::filesystem::path& folder,
                                           const std::string& run_key,
                                           Attempt attempt,
                                           const TrainerState& state);
[[nodiscard]] LoadedCheckpoint load_newest_checkpoint(const std::filesystem::path& folder,
                                                      const std::string& run_key);

}  // namespace tarama
