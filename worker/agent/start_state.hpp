// What an attempt starts from: its run's own checkpoint, or the state of another run that has
// trained the same beginning; and how its own is kept for others.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/result.hpp"
#include "worker/checkpoints/checkpoint_store.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct StartState {
  std::optional<TrainerState> state;  // nullopt: from the start
  std::optional<Beginning> from;      // set where another run trained it
  std::vector<std::string> remarks;   // what was found damaged or foreign, for the run's log
};

/// The one that is further of the run's newest sound checkpoint and the state of job.begins_with;
/// of two that are as far, its own.
[[nodiscard]] StartState load_start(const std::filesystem::path& store,
                                    const JobSpec& job,
                                    const FindMisfit& find_misfit);

/// Whether the state is that of a run of so many steps behind its last evaluation and before the
/// one of `test`: what others can go on from.
[[nodiscard]] bool is_whole(const TrainerState& state, const JobSpec& job, std::int64_t run_steps);

/// Keeps the state as job.keeps says. It is durable when this returns.
[[nodiscard]] Result<void> keep_state(const std::filesystem::path& store,
                                      const JobSpec& job,
                                      const TrainerState& state);

}  // namespace tarama
