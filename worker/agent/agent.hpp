// A worker's life: join an orchestrator, train what it assigns, as many attempts at once as it has
// slots, end when it says so or is gone.
#pragma once

#include "worker/agent/agent_options.hpp"
#include "worker/training/trainer.hpp"

namespace tarama {

inline constexpr int exit_device_failed = 4;

/// Blocks until the end; trains on the calling thread, and on one more for each further slot. While
/// it runs, SIGTERM means: save a checkpoint and end; SIGINT is ignored for good, since a
/// terminal's Ctrl-C reaches the whole group and the orchestrator decides what it means. Returns
/// the exit code: 0 if told to end, 1 if the orchestrator could not be reached or went away,
/// exit_device_failed behind a `device_error`: the caller is to end without touching the device.
[[nodiscard]] int run_agent(const AgentOptions& options, Trainer& trainer);

}  // namespace tarama
