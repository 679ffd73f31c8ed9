// What is done once when a sweep ends or pauses: models of levels that did not win are removed,
// and the user's `on_end` command is run.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/workers/child_process.hpp"

#include <filesystem>
#include <string>

namespace tarama::orchestrator {

enum class Pruning { on_the_way, at_the_end };

/// With `keep.models: best`, removes models/<run> of the runs that
/// core/statistics/models_to_keep.hpp gives up, by the store's results: on the way those of levels
/// that are clearly behind, at the end all but those of the best, of what is tied with it, and of
/// levels with failed runs. Blocks on files and the database.
[[nodiscard]] Result<void> prune_models(const std::filesystem::path& store,
                                        SweepId sweep,
                                        const SweepSpec& spec,
                                        Pruning pruning);

/// Held by the command of this duty, and by all that it has started, as long as they live.
[[nodiscard]] std::filesystem::path on_end_lock(const std::filesystem::path& store,
                                                std::int64_t duty);

/// `spec.on_end` by /bin/sh, told by the environment: TARAMA_EVENT (ended, failed, paused,
/// cancelled), TARAMA_EVENT_ID (the duty's number: after a crash the command may come a second
/// time, with the same one), TARAMA_SWEEP, TARAMA_NAME, TARAMA_STORE, TARAMA_PLANNED,
/// TARAMA_SUCCEEDED, TARAMA_STOPPED, TARAMA_FAILED, TARAMA_CANCELLED. What it prints goes to
/// on_end.log in the store.
[[nodiscard]] ProcessStart on_end_command(const std::filesystem::path& store,
                                          const db::Duty& duty,
                                          const SweepSpec& spec,
                                          const Account& account);

/// The word for how a sweep came to rest.
[[nodiscard]] std::string event_of(SweepState state, const Account& account);

}  // namespace tarama::orchestrator
