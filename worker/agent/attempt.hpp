// One attempt, from its job to its result: inputs, checkpoint, training, model. The trainer
// trains; everything that touches the disk or the orchestrator for it is here.
#pragma once

#include "protocol/messages.hpp"
#include "worker/agent/agent_options.hpp"
#include "worker/agent/attempt_session.hpp"
#include "worker/agent/run_log.hpp"
#include "worker/agent/warm_inputs.hpp"
#include "worker/training/trainer.hpp"

namespace tarama {

/// What the attempts of one worker share; for any thread.
struct AttemptContext {
  const AgentOptions& options;
  Trainer& trainer;
  WarmInputs& inputs;
  ProcessOutput& output;
};

/// Sends Started and all rows through the session, and gives the Finished that is to follow them.
/// A model that is kept is in its place when this returns; checkpoints are left to the
/// orchestrator, which knows when the end is committed. Never throws.
[[nodiscard]] protocol::Finished run_attempt(AttemptSession& session, AttemptContext& context);

}  // namespace tarama
