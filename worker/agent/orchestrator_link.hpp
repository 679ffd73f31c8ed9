// The agent's connection to its orchestrator, on a thread of its own, so that heartbeats and
// stops do not wait for a training step. The trainer's thread calls; nothing here calls back.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/agent_options.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tarama {

/// Why there is nothing more to do.
enum class LinkEnd {
  none,   // there is
  asked,  // Shutdown or SIGTERM: checkpoint and go
  lost,   // the connection broke: the same, but nobody hears us
};

/// All functions are for one thread, the trainer's. While the link lives, SIGTERM means
/// Shutdown to the process.
class OrchestratorLink {
 public:
  OrchestratorLink();
  /// Sends what is queued, waits a little for it to leave, and closes.
  ~OrchestratorLink();
  OrchestratorLink(const OrchestratorLink&) = delete;
  OrchestratorLink& operator=(const OrchestratorLink&) = delete;

  /// Connects, says Hello and waits for Welcome. Once.
  [[nodiscard]] Result<void> connect(const AgentOptions& options);

  /// Blocks until a job (JobSpec as JSON) was assigned; nullopt: the link's end.
  [[nodiscard]] std::optional<std::string> next_job();
  /// Whether this attempt is to end, for whatever reason.
  [[nodiscard]] bool should_stop(RunId run, Attempt attempt) const;

  /// Announces the attempt; the rows that follow are its rows.
  void send_started(const protocol::Started& started);
  /// Rows go in batches. Waits while the store is far behind, so that memory stays bounded.
  void send(const StepRow& row);
  void send(const EvalRow& row);
  /// Behind all rows of the attempt.
  void send_finished(const protocol::Finished& finished);

  [[nodiscard]] LinkEnd end() const;
  /// Of a lost link: why.
  [[nodiscard]] std::string reason() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarama
