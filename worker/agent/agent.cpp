// The worker's main loop: jobs from the link to the trainer, one after another.
#include "worker/agent/agent.hpp"

#include "core/sweep/job_spec.hpp"
#include "worker/agent/attempt.hpp"
#include "worker/agent/orchestrator_link.hpp"
#include "worker/agent/warm_inputs.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace tarama {

int run_agent(const AgentOptions& options, Trainer& trainer) {
  std::signal(SIGINT, SIG_IGN);
  OrchestratorLink link;
  if (const auto connected = link.connect(options); !connected) {
    fmt::print(stderr, "worker {}: {}\n", options.worker, connected.error().message);
    return 1;
  }
  WarmInputs inputs(options.store / "cache");
  AttemptContext context{options, trainer, inputs, link};
  while (const auto text = link.next_job()) {
    const auto job = job_spec_from_json(*text);
    if (!job) {
      // Nobody could be told which attempt this is about; the orchestrator sees us go.
      fmt::print(
          stderr, "worker {}: a job cannot be read: {}\n", options.worker, job.error().message);
      return 1;
    }
    link.send_finished(run_attempt(*job, context));
  }
  if (link.end() == LinkEnd::lost) {
    fmt::print(stderr, "worker {}: the orchestrator is gone: {}\n", options.worker, link.reason());
    return 1;
  }
  return 0;
}

}  // namespace tarama
