// The worker's main loop: attempts from the link to the trainer, one after another in each slot.
#include "worker/agent/agent.hpp"

#include "worker/agent/attempt.hpp"
#include "worker/agent/orchestrator_link.hpp"
#include "worker/agent/warm_inputs.hpp"
#include "worker/training/complaint.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace tarama {

namespace {

/// Whether the process is of no more use: what it has on the device is gone for good.
bool must_end(const protocol::Finished& result) {
  return result.end == AttemptEnd::failed && result.failure == FailureClass::device_error;
}

void serve_slot(OrchestratorLink& link, AttemptContext& context) {
  while (const auto session = link.next_attempt()) {
    const protocol::Finished result = run_attempt(*session, context);
    link.finish(*session, result);
    if (must_end(result)) {
      link.leave("the device failed");
    }
  }
}

}  // namespace

int run_agent(const AgentOptions& options, Trainer& trainer) {
  OrchestratorLink link;
  if (const auto connected = link.connect(options); !connected) {
    complain(fmt::format("worker {}: {}", options.worker, connected.error().message));
    return 1;
  }
  WarmInputs inputs(options.store / "cache");
  AttemptContext context{options, trainer, inputs};
  {
    std::vector<std::jthread> other_slots;
    while (static_cast<std::int64_t>(other_slots.size()) + 1 < options.slots) {
      other_slots.emplace_back([&] { serve_slot(link, context); });
    }
    serve_slot(link, context);
  }
  if (link.end() == LinkEnd::left) {
    complain(fmt::format("worker {}: {}", options.worker, link.reason()));
    return exit_device_failed;
  }
  if (link.end() == LinkEnd::lost) {
    complain(fmt::format("worker {}: without an orchestrator: {}", options.worker, link.reason()));
    return 1;
  }
  return 0;
}

}  // namespace tarama
