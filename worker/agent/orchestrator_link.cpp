// The link as its attempts see it.
#include "worker/agent/orchestrator_link.hpp"

#include "worker/agent/link_thread.hpp"

namespace tarama {

OrchestratorLink::OrchestratorLink() : thread_(std::make_unique<LinkThread>()) {}

OrchestratorLink::~OrchestratorLink() = default;

Result<void> OrchestratorLink::connect(const AgentOptions& options) {
  return thread_->connect(options);
}

std::shared_ptr<AttemptSession> OrchestratorLink::next_attempt() {
  return thread_->attempts().take_waiting();
}

void OrchestratorLink::finish(AttemptSession& session, const protocol::Finished& finished) {
  session.finished(finished);
}

void OrchestratorLink::leave(const std::string& why) {
  thread_->end_as(LinkEnd::left, why);
}

LinkEnd OrchestratorLink::end() const {
  return thread_->end();
}

std::string OrchestratorLink::reason() const {
  return thread_->reason();
}

}  // namespace tarama
