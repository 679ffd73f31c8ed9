// The stream to the orchestrator on a thread of its own.
#include "worker/agent/orchestrator_link.hpp"

#include "transport/connector.hpp"
#include "transport/framed_stream.hpp"
#include "transport/timers.hpp"
#include "worker/agent/metric_outbox.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
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
// After the connection broke: time for a step and a checkpoint. A trainer that hangs must not
// hold its device for ever when nobody is left to end it.
constexpr auto end_limit = 60s;
// For the last messages to leave. An orchestrator that does not read is no reason to stay.
constexpr auto farewell_limit = 10s;
// 5 MB of rows. With fewer a slow disk would stop the trainer at each sync.
constexpr std::size_t unstored_rows_limit = 65536;

}  // namespace

struct OrchestratorLink::State {
  State() : guard(asio::make_work_guard(context)), signals(context, SIGTERM) {}

  // ---- on the link's thread ----
  void wait_for_signal();
  void use(std::shared_ptr<transport::FramedStream> connected, const protocol::Hello& hello);
  void receive(protocol::Message message);
  void flush();
  void end_as(LinkEnd how, const std::string& why);
  void say_farewell();

  // ---- on any thread, with the mutex held ----
  void queue_pending_rows();

  template <class Row>
  void add(const Row& row);

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  asio::signal_set signals;
  std::shared_ptr<transport::FramedStream> stream;
  std::unique_ptr<transport::Ticker> beats;
  std::unique_ptr<transport::Ticker> batches;
  std::unique_ptr<transport::Deadline> end_deadline;
  std::thread thread;
  std::promise<void> thread_ended;

  mutable std::mutex mutex;  // of all below
  std::condition_variable changed;
  MetricOutbox outbox;
  std::vector<protocol::Message> queue;  // to be sent in this order
  std::deque<std::string> jobs;
  std::optional<protocol::Stop> stop;
  bool is_welcome = false;
  LinkEnd end = LinkEnd::none;
  std::string reason;
};

void OrchestratorLink::State::wait_for_signal() {
  signals.async_wait([this](const boost::system::error_code& code, int /*signal*/) {
    if (!code) {
      end_as(LinkEnd::asked, "SIGTERM");
      wait_for_signal();
    }
  });
}

void OrchestratorLink::State::use(std::shared_ptr<transport::FramedStream> connected,
                                  const protocol::Hello& hello) {
  stream = std::move(connected);
  stream->start([this](protocol::Message message) { receive(std::move(message)); },
                [this](const Error& error) { end_as(LinkEnd::lost, error.message); });
  static_cast<void>(stream->send(hello));  // far shorter than a frame may be
  beats = std::make_unique<transport::Ticker>(context.get_executor(), beat_period, [this] {
    static_cast<void>(stream->send(protocol::Beat{}));  // as short as it gets
  });
  batches = std::make_unique<transport::Ticker>(context.get_executor(), batch_period, [this] {
    {
      const std::lock_guard lock(mutex);
      queue_pending_rows();
    }
    flush();
  });
}

void OrchestratorLink::State::receive(protocol::Message message) {
  {
    const std::lock_guard lock(mutex);
    if (std::holds_alternative<protocol::Welcome>(message)) {
      is_welcome = true;
    } else if (auto* assign = std::get_if<protocol::Assign>(&message)) {
      jobs.push_back(std::move(assign->job));
    } else if (const auto* stored = std::get_if<protocol::MetricsStored>(&message)) {
      outbox.stored(*stored);
    } else if (const auto* asked = std::get_if<protocol::Stop>(&message)) {
      stop = *asked;
    }
  }
  changed.notify_all();
  if (std::holds_alternative<protocol::Shutdown>(message)) {
    end_as(LinkEnd::asked, "Shutdown");
  } else if (const auto* refusal = std::get_if<protocol::Reply>(&message)) {
    end_as(LinkEnd::lost, refusal->json);  // of an orchestrator of another version
  }
}

void OrchestratorLink::State::queue_pending_rows() {
  if (auto batch = outbox.take()) {
    queue.push_back(std::move(*batch));
  }
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
    if (end == LinkEnd::lost) {
      return;
    }
    end = how;
    reason = why;
  }
  changed.notify_all();
  if (how == LinkEnd::lost) {
    end_deadline = std::make_unique<transport::Deadline>(context.get_executor(), [] {
      fmt::print(stderr, "the trainer did not end within 60 s of the connection's end\n");
      ::_exit(1);
    });
    end_deadline->start(end_limit);
  }
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

template <class Row>
void OrchestratorLink::State::add(const Row& row) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] {
    return outbox.unstored_rows() < unstored_rows_limit || end != LinkEnd::none;
  });
  outbox.add(row);
  if (outbox.has_full_batch()) {
    queue_pending_rows();
    asio::post(context, [this] { flush(); });
  }
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

std::optional<std::string> OrchestratorLink::next_job() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock,
                       [this] { return !state_->jobs.empty() || state_->end != LinkEnd::none; });
  // A job that was assigned before a shutdown is answered, as stopped; nobody hears us when lost.
  if (state_->jobs.empty() || state_->end == LinkEnd::lost) {
    return std::nullopt;
  }
  std::string job = std::move(state_->jobs.front());
  state_->jobs.pop_front();
  return job;
}

bool OrchestratorLink::should_stop(RunId run, Attempt attempt) const {
  const std::lock_guard lock(state_->mutex);
  return state_->end != LinkEnd::none || state_->stop == protocol::Stop{run, attempt};
}

void OrchestratorLink::send_started(const protocol::Started& started) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->outbox.begin(started.run, started.attempt);
    state_->queue.emplace_back(started);
  }
  asio::post(state_->context, [state = state_.get()] { state->flush(); });
}

void OrchestratorLink::send(const StepRow& row) {
  state_->add(row);
}

void OrchestratorLink::send(const EvalRow& row) {
  state_->add(row);
}

void OrchestratorLink::send_finished(const protocol::Finished& finished) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue_pending_rows();
    state_->queue.emplace_back(finished);
  }
  asio::post(state_->context, [state = state_.get()] { state->flush(); });
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
