// The worker's main loop: attempts from the link to the trainer, one after another in each slot.
#include "worker/agent/agent.hpp"

#include "worker/agent/attempt.hpp"
#include "worker/agent/orchestrator_link.hpp"
#include "worker/agent/run_log.hpp"
#include "worker/agent/warm_inputs.hpp"
#include "worker/training/complaint.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace tarama {

namespace {

/// Whether the process is of no more use: what it has on the device is gone for good.
bool must_end(const protocol::Finished& result) {
  return result.end == AttemptEnd::failed && result.failure == FailureClass::device_error;
}

void serve(OrchestratorLink& link, AttemptContext& context, AttemptSession& session) {
  const protocol::Finished result = run_attempt(session, context);
  link.finish(session, result);
  // What a program did on the device has gone with its own process.
  if (must_end(result) && !session.job().program) {
    link.leave("the device failed");
  }
}

/// The threads of the slots. They stay for later attempts: what libraries hold by thread, pools of
/// threads among it, is made once.
class Slots {
 public:
  /// `most`: so many threads from the start; 0: one more whenever none would be left to wait.
  Slots(OrchestratorLink& link, AttemptContext& context, std::int64_t most)
      : link_(link), context_(context), may_grow_(most == 0) {
    for (std::int64_t i = 1; i < most; ++i) {
      add_thread();
    }
  }

  ~Slots() {
    while (auto thread = take_thread()) {
      thread->join();  // until then it may make a further one
    }
  }

  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// Until the link's end.
  void serve_attempts() {
    while (const auto session = next_attempt()) {
      serve(link_, context_, *session);
    }
  }

 private:
  std::shared_ptr<AttemptSession> next_attempt() {
    ++waiting_;
    auto session = link_.next_attempt();
    if (--waiting_ == 0 && may_grow_ && session) {
      add_thread();
    }
    return session;
  }

  std::optional<std::thread> take_thread() {
    const std::lock_guard lock(mutex_);
    if (threads_.empty()) {
      return std::nullopt;
    }
    std::thread thread = std::move(threads_.back());
    threads_.pop_back();
    return thread;
  }

  void add_thread() {
    const std::lock_guard lock(mutex_);
    try {
      threads_.emplace_back([this] { serve_attempts(); });
    } catch (const std::system_error& error) {
      // What is given to us beyond that waits until an attempt is over.
      complain(fmt::format("no thread for a further attempt: {}", error.what()));
    }
  }

  OrchestratorLink& link_;
  AttemptContext& context_;
  bool may_grow_;
  std::atomic<std::int64_t> waiting_{0};  // threads without an attempt
  std::mutex mutex_;                      // of the next
  std::vector<std::thread> threads_;
};

}  // namespace

int run_agent(const AgentOptions& options, Trainer& trainer) {
  OrchestratorLink link;
  if (const auto connected = link.connect(options); !connected) {
    complain(fmt::format("worker {}: {}", options.worker, connected.error().message));
    return 1;
  }
  WarmInputs inputs(options.store / "cache");
  ProcessOutput output;
  AttemptContext context{options, trainer, inputs, output};
  {
    Slots slots(link, context, options.slots);
    slots.serve_attempts();
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
