// One attempt, from its job to its result: inputs, checkpoint, training, model. The trainer
// trains; everything that touches the disk or the orchestrator for it is here.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "protocol/messages.hpp"
#include "worker/agent/agent_options.hpp"
#include "worker/agent/orchestrator_link.hpp"
#include "worker/agent/warm_inputs.hpp"
#include "worker/training/trainer.hpp"

namespace tarama {

/// What the attempts of one worker share.
struct AttemptContext {
  const AgentOptions& options;
  Trainer& trainer;
  WarmInputs& inputs;
  OrchestratorLink& link;
};

/// Sends Started and all rows through the link, and gives the Finished that is to follow them.
/// A model that is kept is in its place when this returns; checkpoints are left to the
/// orchestrator, which knows when the end is committed. Never throws.
[[nodiscard]] protocol::Finished run_attempt(const JobSpec& job, AttemptContext& context);

}  // namespace tarama
