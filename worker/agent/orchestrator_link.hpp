// The agent's connection to its orchestrator, on a thread of its own, so that beats and stops do
// not wait for a training step. Attempts come from it as sessions, which speak through it; it calls
// nothing but them. Where the orchestrator dies, attempts go on: what they report is kept on disk,
// and told to the next one.
#pragma once

#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/agent_options.hpp"
#include "worker/agent/attempt_session.hpp"

#include <memory>
#include <string>

namespace tarama {

/// Why there is nothing more to do.
enum class LinkEnd {
  none,   // there is
  asked,  // Shutdown or a signal: checkpoint and go
  left,   // by ourselves: this process must not go on
  lost,   // turned away, or without an orchestrator and a run for the time of grace
};

/// All functions are for any thread, but `connect`, which comes first. While the link lives,
/// SIGTERM, SIGINT and SIGHUP mean Shutdown to the process, but those that it was started to
/// ignore, and a second one means the end at once. At the link's end every session is asked to
/// stop.
class OrchestratorLink {
 public:
  OrchestratorLink();
  /// Sends what is queued, waits a little for word that it is stored, keeps the rest on disk, and
  /// closes.
  ~OrchestratorLink();
  OrchestratorLink(const OrchestratorLink&) = delete;
  OrchestratorLink& operator=(const OrchestratorLink&) = delete;

  /// Connects, says Hello and waits for Welcome. Once.
  [[nodiscard]] Result<void> connect(const AgentOptions& options);

  /// Blocks until an attempt was assigned; null: the link's end.
  [[nodiscard]] std::shared_ptr<AttemptSession> next_attempt();
  /// Says how the attempt ended, behind all its rows.
  void finish(AttemptSession& session, const protocol::Finished& finished);

  /// Nothing more is taken: the process must not go on.
  void leave(const std::string& why);

  [[nodiscard]] LinkEnd end() const;
  /// Of a link that was lost or left: why.
  [[nodiscard]] std::string reason() const;

 private:
  std::unique_ptr<class LinkThread> thread_;
};

}  // namespace tarama
