// Checkpoints of one run on disk: written to a temporary file, synced, renamed, with a checksum
// and a version; the two newest are kept. One that is damaged or does not fit falls back to
// the older, then to the start, and says so.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct LoadedCheckpoint {
  std::optional<TrainerState> state;  // nullopt: from the start
  std::vector<std::string> remarks;   // what was found damaged or foreign, for the run's log
};

/// Why a sound checkpoint cannot be gone on from; nullopt: it can.
using FindMisfit = std::function<std::optional<std::string>(const TrainerState&)>;

/// `folder` is checkpoints/<run>/ and need not exist. `run_key` guards against a checkpoint of
/// another run. `refused` where a newer attempt is found writing: an attempt removes and replaces
/// nothing of a newer one.
[[nodiscard]] Result<void> save_checkpoint(const std::filesystem::path& folder,
                                           const std::string& run_key,
                                           Attempt attempt,
                                           const TrainerState& state);
/// The newest one without damage that fits.
[[nodiscard]] LoadedCheckpoint load_newest_checkpoint(const std::filesystem::path& folder,
                                                      const std::string& run_key,
                                                      const FindMisfit& find_misfit);

}  // namespace tarama
