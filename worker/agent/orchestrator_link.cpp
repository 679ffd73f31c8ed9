// The stream to the orchestrator on a thread of its own.
#include "worker/agent/orchestrator_link.hpp"

#include "core/sweep/job_spec.hpp"
#include "transport/connector.hpp"
#include "transport/framed_stream.hpp"
#include "transport/process_signals.hpp"
#include "transport/timers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace tarama {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The orchestrator listens before it starts us; only a machine under great load needs longer.
constexpr auto connect_limit = 30s;
// A lease ends after three missed beats: 15 s.
constexpr auto beat_period = 5s;
// Live views are redrawn about ten times a second; more often nobody sees.
constexpr auto batch_period = 100ms;
// After the connection broke, or a signal: time for a step and a checkpoint. A trainer that hangs
// must not hold its device for ever when nobody is left to end it.
constexpr auto end_limit = 60s;
// For the last messages to leave. An orchestrator that does not read is no reason to stay.
constexpr auto farewell_limit = 10s;

}  // namespace

struct OrchestratorLink::State {
  State() : guard(asio::make_work_guard(context)), signals(context) {
    for (const int signal : transport::not_ignored({SIGTERM, SIGINT, SIGHUP})) {
      signals.add(signal);
    }
  }

  // ---- on the link's thread ----
  void wait_for_signal();
  void use(std::shared_ptr<transport::FramedStream> connected, const protocol::Hello& hello);
  void receive(const protocol::Message& message);
  void take_assignment(const protocol::Assign& assign);
  void flush();
  void end_as(LinkEnd how, const std::string& why);
  void limit_end();
  void say_farewell();

  // ---- on any thread ----
  void send(protocol::Message message);
  [[nodiscard]] std::vector<std::shared_ptr<AttemptSession>> all_sessions() const;
  /// Null: none of ours, or over.
  [[nodiscard]] std::shared_ptr<AttemptSession> session_of(RunId run, Attempt attempt) const;

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  asio::signal_set signals;
  bool was_signalled = false;
  std::shared_ptr<transport::FramedStream> stream;
  std::unique_ptr<transport::Ticker> beats;
  std::unique_ptr<transport::Ticker> batches;
  std::unique_ptr<transport::Deadline> end_deadline;
  std::thread thread;
  std::promise<void> thread_ended;

  // Of all below. Sessions send with their own lock held: none of theirs is taken under this one.
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::vector<protocol::Message> queue;                    // to be sent in this order
  std::vector<std::shared_ptr<AttemptSession>> sessions;   // assigned and not over
  std::deque<std::shared_ptr<AttemptSession>> unattended;  // those of them that nobody took yet
  bool is_welcome = false;
  LinkEnd end = LinkEnd::none;
  std::string reason;
};

void OrchestratorLink::State::wait_for_signal() {
  signals.async_wait([this](const boost::system::error_code& code, int signal) {
    if (code) {
      return;
    }
    if (was_signalled) {
      ::_exit(128 + signal);  // as a shell says it; whoever asks twice does not want to wait
    }
    was_signalled = true;
    end_as(LinkEnd::asked, strsignal(signal));
    limit_end();
    wait_for_signal();
  });
}

void OrchestratorLink::State::use(std::shared_ptr<transport::FramedStream> connected,
                                  const protocol::Hello& hello) {
  stream = std::move(connected);
  stream->start([this](const protocol::Message& message) { receive(message); },
                [this](const Error& error) { end_as(LinkEnd::lost, error.message); });
  static_cast<void>(stream->send(hello));  // far shorter than a frame may be
  beats = std::make_unique<transport::Ticker>(context.get_executor(), beat_period, [this] {
    static_cast<void>(stream->send(protocol::Beat{}));  // as short as it gets
  });
  batches = std::make_unique<transport::Ticker>(context.get_executor(), batch_period, [this] {
    for (const auto& session : all_sessions()) {
      session->send_pending_rows();
    }
    flush();
  });
}

void OrchestratorLink::State::receive(const protocol::Message& message) {
  if (std::holds_alternative<protocol::Welcome>(message)) {
    const std::lock_guard lock(mutex);
    is_welcome = true;
  } else if (const auto* assign = std::get_if<protocol::Assign>(&message)) {
    take_assignment(*assign);
  } else if (const auto* stored = std::get_if<protocol::MetricsStored>(&message)) {
    if (const auto session = session_of(stored->run, stored->attempt)) {
      session->stored(*stored);
    }
  } else if (const auto* stop = std::get_if<protocol::Stop>(&message)) {
    if (const auto session = session_of(stop->run, stop->attempt)) {
      session->ask_to_stop(stop->cause);
    }
  } else if (std::holds_alternative<protocol::Shutdown>(message)) {
    end_as(LinkEnd::asked, "Shutdown");
  } else if (const auto* refusal = std::get_if<protocol::Reply>(&message)) {
    end_as(LinkEnd::lost, refusal->json);  // of an orchestrator of another version
  }
  changed.notify_all();
}

void OrchestratorLink::State::take_assignment(const protocol::Assign& assign) {
  auto job = job_spec_from_json(assign.job);
  if (!job) {
    // Nobody could be told which attempt this is about; the orchestrator sees us go.
    end_as(LinkEnd::lost, fmt::format("a job cannot be read: {}", job.error().message));
    return;
  }
  const auto session = std::make_shared<AttemptSession>(
      std::move(*job), [this](protocol::Message message) { send(std::move(message)); });
  LinkEnd end_so_far = LinkEnd::none;
  {
    const std::lock_guard lock(mutex);
    sessions.push_back(session);
    unattended.push_back(session);
    end_so_far = end;
  }
  if (end_so_far != LinkEnd::none) {
    session->ask_to_stop(StopCause::drained);
  }
}

void OrchestratorLink::State::send(protocol::Message message) {
  {
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(message));
  }
  asio::post(context, [this] { flush(); });
}

std::vector<std::shared_ptr<AttemptSession>> OrchestratorLink::State::all_sessions() const {
  const std::lock_guard lock(mutex);
  return sessions;
}

std::shared_ptr<AttemptSession> OrchestratorLink::State::session_of(RunId run,
                                                                    Attempt attempt) const {
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(sessions.begin(), sessions.end(), [&](const auto& session) {
    return session->job().run == run && session->job().attempt == attempt;
  });
  return found == sessions.end() ? nullptr : *found;
}

// Everything is sent from here, so that the order of the queue is the order on the wire.
void OrchestratorLink::State::flush() {
  std::vector<protocol::Message> messages;
  {
    const std::lock_guard lock(mutex);
    messages.swap(queue);
  }
  for (const protocol::Message& message : messages) {
    if (auto sent = stream->send(message); !sent) {
      end_as(LinkEnd::lost, sent.error().message);
      return;
    }
  }
}

void OrchestratorLink::State::end_as(LinkEnd how, const std::string& why) {
  {
    const std::lock_guard lock(mutex);
    if (end == LinkEnd::lost || end == LinkEnd::left) {
      return;
    }
    end = how;
    reason = why;
  }
  changed.notify_all();
  for (const auto& session : all_sessions()) {
    session->ask_to_stop(StopCause::drained);
  }
  if (how == LinkEnd::lost) {
    limit_end();
  }
}

void OrchestratorLink::State::limit_end() {
  end_deadline = std::make_unique<transport::Deadline>(context.get_executor(), [] {
    fmt::print(stderr,
               "the trainer did not end within 60 s of the connection's end, or a signal\n");
    ::_exit(1);
  });
  end_deadline->start(end_limit);
}

void OrchestratorLink::State::say_farewell() {
  beats.reset();
  batches.reset();
  end_deadline.reset();
  boost::system::error_code ignored;  // of signals that nobody waits for any more
  signals.cancel(ignored);
  if (stream) {
    flush();
    stream->close_when_written();
  }
  guard.reset();
}

OrchestratorLink::OrchestratorLink() : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.wait_for_signal();
  state.thread = std::thread([&state] {
    state.context.run();
    state.thread_ended.set_value();
  });
}

OrchestratorLink::~OrchestratorLink() {
  State& state = *state_;
  asio::post(state.context, [&state] { state.say_farewell(); });
  if (state.thread_ended.get_future().wait_for(farewell_limit) != std::future_status::ready) {
    state.context.stop();
  }
  state.thread.join();
}

Result<void> OrchestratorLink::connect(const AgentOptions& options) {
  const protocol::Hello hello{
      .session = options.session, .token = options.token, .slots = options.slots};
  State& state = *state_;
  transport::connect_with_backoff(
      state.context,
      options.socket,
      connect_limit,
      transport::Backoff{},
      [&state, hello](Result<std::shared_ptr<transport::FramedStream>> stream) {
        if (stream) {
          state.use(std::move(*stream), hello);
        } else {
          state.end_as(LinkEnd::lost, stream.error().message);
        }
      });
  std::unique_lock lock(state.mutex);
  const bool is_decided = state.changed.wait_for(
      lock, 2 * connect_limit, [&] { return state.is_welcome || state.end != LinkEnd::none; });
  if (!is_decided) {
    return Error{Errc::timed_out, "the orchestrator did not answer our Hello"};
  }
  if (!state.is_welcome) {
    return Error{
        Errc::refused,
        fmt::format(
            "the orchestrator at {} did not take us: {}", options.socket.native(), state.reason)};
  }
  return {};
}

std::shared_ptr<AttemptSession> OrchestratorLink::next_attempt() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&] { return !state.unattended.empty() || state.end != LinkEnd::none; });
  // A job that was assigned before a shutdown is answered, as stopped; nobody hears us when lost.
  if (state.unattended.empty() || state.end == LinkEnd::lost) {
    return nullptr;
  }
  auto session = std::move(state.unattended.front());
  state.unattended.pop_front();
  return session;
}

void OrchestratorLink::finish(AttemptSession& session, const protocol::Finished& finished) {
  session.finished(finished);
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->sessions, [&](const auto& other) { return other.get() == &session; });
}

void OrchestratorLink::leave(const std::string& why) {
  state_->end_as(LinkEnd::left, why);
}

LinkEnd OrchestratorLink::end() const {
  const std::lock_guard lock(state_->mutex);
  return state_->end;
}

std::string OrchestratorLink::reason() const {
  const std::lock_guard lock(state_->mutex);
  return state_->reason;
}

}  // namespace tarama
