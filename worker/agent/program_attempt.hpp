// One attempt of a run that a program trains: where it runs, what it is told, and how its end is
// reported.
#pragma once

#include "protocol/messages.hpp"
#include "worker/agent/agent_options.hpp"
#include "worker/agent/attempt_session.hpp"
#include "worker/agent/run_log.hpp"

#include <filesystem>

namespace tarama {

/// runs/<run>/files in the store: the run's own folder, the same for all its attempts.
[[nodiscard]] std::filesystem::path run_folder(const std::filesystem::path& store, RunId run);

/// Sends Started and what the program reports through the session, and gives the Finished that is
/// to follow them. Of its process and all that it started nothing is left.
[[nodiscard]] protocol::Finished run_program_attempt(AttemptSession& session,
                                                     const AgentOptions& options,
                                                     const RunLog& log);

}  // namespace tarama
