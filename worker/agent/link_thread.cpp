// One stream after another, and the attempts' reports through it or to disk.
#include "worker/agent/link_thread.hpp"

#include "core/scheduling/lease.hpp"
#include "core/sweep/job_spec.hpp"
#include "failpoints/failpoint.hpp"
#include "transport/connector.hpp"
#include "transport/process_signals.hpp"
#include "worker/training/complaint.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unistd.h>
#include <utility>
#include <variant>

namespace tarama {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The orchestrator listens before it starts us; only a machine under great load needs longer.
constexpr auto connect_limit = 30s;
// Live views are redrawn about ten times a second; more often nobody sees.
constexpr auto tick_period = 100ms;
// A thread that is late by less than some of these has lived, under whatever load.
constexpr auto awake_period = 1s;
// After the end was decided without an orchestrator, or by a signal: time for a step and a
// checkpoint. A trainer that hangs must not hold its device for ever when nobody is left to end it.
constexpr auto end_limit = 60s;
// For word that the last reports are stored: a commit takes milliseconds. What has no word then is
// kept on disk, and taken in from there.
constexpr auto ack_limit = 5s;
// For the last messages to leave. An orchestrator that does not read is no reason to stay.
constexpr auto farewell_limit = 10s;

std::chrono::milliseconds now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_time());
}

/// Whether an orchestrator of our version does not know the session: then nobody ever will.
bool is_unknown_session(const std::string& reply) {
  const auto document = nlohmann::json::parse(reply, nullptr, false);
  return document.is_object() && document.contains("error") && document["error"].is_object() &&
         document["error"].value("code", "") == "not_found";
}

}  // namespace

LinkThread::LinkThread()
    : guard_(asio::make_work_guard(context_)),
      signals_(context_),
      awake_(awake_period, steady_time()) {
  for (const int signal : transport::not_ignored({SIGTERM, SIGINT, SIGHUP})) {
    signals_.add(signal);
  }
  wait_for_signal();
  thread_ = std::thread([this] {
    context_.run();
    thread_ended_.set_value();
  });
}

LinkThread::~LinkThread() {
  asio::post(context_, [this] { say_farewell(); });
  if (thread_ended_.get_future().wait_for(farewell_limit) != std::future_status::ready) {
    context_.stop();
  }
  thread_.join();
}

Result<void> LinkThread::connect(const AgentOptions& options) {
  options_ = options;
  transport::connect_with_backoff(context_,
                                  options.socket,
                                  connect_limit,
                                  transport::Backoff{},
                                  [this](Result<std::shared_ptr<transport::FramedStream>> stream) {
                                    if (stream) {
                                      use(std::move(*stream));
                                    } else {
                                      end_as(LinkEnd::lost, stream.error().message);
                                    }
                                  });
  std::unique_lock lock(mutex_);
  const bool is_decided = changed_.wait_for(
      lock, 2 * connect_limit, [this] { return is_welcome_ || end_ != LinkEnd::none; });
  if (!is_decided) {
    return Error{Errc::timed_out, "the orchestrator did not answer our Hello"};
  }
  if (!is_welcome_) {
    return Error{
        Errc::refused,
        fmt::format(
            "the orchestrator at {} did not take us: {}", options.socket.native(), reason_)};
  }
  return {};
}

LinkEnd LinkThread::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

std::string LinkThread::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void LinkThread::news() {
  asio::post(context_, [this] { flush(); });
}

// ---- on the link's thread -----------------------------------------------------------------------

void LinkThread::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& code, int signal) {
    if (code) {
      return;
    }
    if (was_signalled_) {
      ::_exit(128 + signal);  // as a shell says it; whoever asks twice does not want to wait
    }
    was_signalled_ = true;
    end_as(LinkEnd::asked, strsignal(signal));
    limit_end();
    wait_for_signal();
  });
}

void LinkThread::use(std::shared_ptr<transport::FramedStream> connected) {
  stream_ = std::move(connected);
  stream_->start([this](const protocol::Message& message) { receive(message); },
                 // A weak tie: the end of an older stream is no news.
                 [this, weak = std::weak_ptr(stream_)](const Error& error) {
                   if (weak.lock() == stream_) {
                     stream_ended(error);
                   }
                 });
  say_hello();
  if (!beats_) {
    beats_ = std::make_unique<transport::Ticker>(
        context_.get_executor(), beat_interval, [this] { beat(); });
    ticks_ = std::make_unique<transport::Ticker>(
        context_.get_executor(), tick_period, [this] { tick(); });
  }
}

void LinkThread::say_hello() {
  protocol::Hello hello{.session = options_.session,
                        .token = options_.token,
                        .slots = options_.slots,
                        .attempts = {}};
  for (const auto& session : attempts_.all()) {
    hello.attempts.push_back(session->at_hand());
  }
  static_cast<void>(stream_->send(hello));  // far shorter than a frame may be
  TARAMA_FAILPOINT("link.hello_said");
}

void LinkThread::receive(const protocol::Message& message) {
  if (std::holds_alternative<protocol::Welcome>(message)) {
    loneliness_.reset();
    const std::lock_guard lock(mutex_);
    is_welcome_ = true;
  } else if (const auto* assign = std::get_if<protocol::Assign>(&message)) {
    take_assignment(*assign);
  } else if (std::holds_alternative<protocol::Shutdown>(message)) {
    end_as(LinkEnd::asked, "Shutdown");
  } else if (const auto* refusal = std::get_if<protocol::Reply>(&message)) {
    turned_away(refusal->json);
  } else {
    std::visit(
        [&]<class M>(const M& about) {
          if constexpr (requires { about.run, about.attempt; }) {
            if (const auto session = attempts_.find(about.run, about.attempt)) {
              receive_of(*session, message);
            }
          }
        },
        message);
  }
  changed_.notify_all();
}

void LinkThread::receive_of(AttemptSession& session, const protocol::Message& message) {
  if (const auto* stored = std::get_if<protocol::MetricsStored>(&message)) {
    session.stored(*stored);
  } else if (const auto* stop = std::get_if<protocol::Stop>(&message)) {
    session.ask_to_stop(stop->cause);
  } else if (const auto* limit = std::get_if<protocol::TimeLimit>(&message)) {
    session.set_time_limit(limit->milliseconds > 0
                               ? std::optional(std::chrono::milliseconds(limit->milliseconds))
                               : std::nullopt);
  } else if (const auto* adopted = std::get_if<protocol::Adopted>(&message)) {
    TARAMA_FAILPOINT("link.adoption_came");
    session.adopted(adopted->steps);
  } else if (std::holds_alternative<protocol::Dropped>(message)) {
    session.drop();
  } else if (std::holds_alternative<protocol::FinishedStored>(message)) {
    TARAMA_FAILPOINT("link.end_acknowledged");
    session.end_stored();
  }
  flush();
}

void LinkThread::take_assignment(const protocol::Assign& assign) {
  auto job = job_spec_from_json(assign.job);
  if (!job) {
    // Nobody could be told which attempt this is about; the orchestrator sees us go.
    end_as(LinkEnd::lost, fmt::format("a job cannot be read: {}", job.error().message));
    return;
  }
  const auto session = std::make_shared<AttemptSession>(
      std::move(*job),
      SpoolPlace{.folder = options_.store / "spool", .session = options_.session},
      [this] { news(); },
      [this] { return awake_now(); });
  attempts_.add(session);
  if (end() != LinkEnd::none) {
    session->ask_to_stop(StopCause::drained);
  }
}

// By an orchestrator of another version, which cannot read our reports, or by one that does not
// know us: it has given our attempts to others.
void LinkThread::turned_away(const std::string& reply) {
  if (is_unknown_session(reply)) {
    for (const auto& session : attempts_.all()) {
      session->drop();
    }
  }
  end_as(LinkEnd::lost, reply);
}

void LinkThread::stream_ended(const Error& error) {
  stream_.reset();
  {
    const std::lock_guard lock(mutex_);
    reason_ = error.message;
  }
  for (const auto& session : attempts_.all()) {
    session->hang_up();
  }
  if (is_leaving_) {
    leave();
    return;
  }
  if (const std::lock_guard lock(mutex_); !is_welcome_ && end_ == LinkEnd::none) {
    end_ = LinkEnd::lost;  // not even taken: whoever started us sees us go
  }
  changed_.notify_all();
  TARAMA_FAILPOINT("link.cut");
  spool();
  if (end() != LinkEnd::none) {
    attempts_.close(HostedAttempts::Waiting::left_alone);
    return;
  }
  if (!loneliness_) {
    loneliness_.emplace(options_.grace, now());
  }
  if (!reconnection_) {
    reconnection_ = std::make_unique<Reconnection>(
        context_, options_.socket, [this](std::shared_ptr<transport::FramedStream> stream) {
          use(std::move(stream));
        });
  }
  reconnection_->start();
}

void LinkThread::beat() {
  if (!is_connected()) {
    return;
  }
  protocol::Beat beat;
  for (const auto& session : attempts_.all()) {
    if (!session->has_finished()) {
      beat.attempts.push_back(session->progress());
    }
  }
  static_cast<void>(stream_->send(beat));  // far shorter than a frame may be
}

void LinkThread::note_that_it_lives() {
  const std::lock_guard lock(clock_mutex_);
  awake_.tick(steady_time());
}

std::chrono::nanoseconds LinkThread::awake_now() const {
  const std::lock_guard lock(clock_mutex_);
  return awake_.at(steady_time());
}

void LinkThread::tick() {
  note_that_it_lives();
  for (const auto& session : attempts_.all()) {
    session->close_batch();
  }
  flush();
  // Also on a stream that nobody has answered yet: a stopped orchestrator accepts, and says
  // nothing.
  spool();
  look_after_ourselves();
}

// Everything is sent from here, so that each attempt's reports leave in the order in which it made
// them.
void LinkThread::flush() {
  if (!is_connected()) {
    return;
  }
  for (const auto& session : attempts_.all()) {
    while (const auto report = session->next_to_send()) {
      if (const auto sent = stream_->send(*report); !sent) {
        end_as(LinkEnd::lost, sent.error().message);
        return;
      }
    }
  }
  if (attempts_.forget_what_is_over() && is_leaving_) {
    leave();
  }
}

void LinkThread::spool() {
  std::string trouble;
  for (const auto& session : attempts_.all()) {
    if (const auto done = session->spool(); !done) {
      trouble = done.error().message;
    }
  }
  if (trouble != spool_trouble_ && !trouble.empty()) {
    complain(fmt::format(
        "worker {}: what is to be told is kept in memory: {}", options_.worker, trouble));
  }
  spool_trouble_ = trouble;
}

void LinkThread::look_after_ourselves() {
  if (!loneliness_ || end() != LinkEnd::none) {
    return;
  }
  HostedStanding standing;
  for (const auto& session : attempts_.all()) {
    standing.is_held_up = standing.is_held_up || session->is_held_up();
    if (!session->has_finished()) {
      standing.is_idle = false;
      standing.at_work.push_back(session->progress());
    }
  }
  const auto resolution = loneliness_->look(standing, now());
  if (!resolution) {
    return;
  }
  if (resolution->kind == Resolution::Kind::exit) {
    complain(
        fmt::format("worker {}: without an orchestrator: {}", options_.worker, resolution->why));
    ::_exit(1);  // a trainer that hangs hears nothing
  }
  end_as(LinkEnd::lost, resolution->why);
}

void LinkThread::end_as(LinkEnd how, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (end_ == LinkEnd::lost || end_ == LinkEnd::left) {
      return;
    }
    end_ = how;
    reason_ = why;
  }
  changed_.notify_all();
  // A job that was assigned before a shutdown is answered, as stopped. Nobody hears us when lost,
  // and who leaves begins nothing more.
  attempts_.close(how == LinkEnd::asked ? HostedAttempts::Waiting::still_taken
                                        : HostedAttempts::Waiting::left_alone);
  for (const auto& session : attempts_.all()) {
    session->ask_to_stop(StopCause::drained);
  }
  asio::post(context_, [this] { wind_up(); });
}

void LinkThread::wind_up() {
  if (reconnection_) {
    reconnection_->stop();
  }
  if (!is_leaving_ && (!is_connected() || end() == LinkEnd::lost)) {
    limit_end();
  }
}

void LinkThread::limit_end() {
  end_deadline_ = std::make_unique<transport::Deadline>(context_.get_executor(), [] {
    complain("the trainer did not end within 60 s of its orchestrator's end, or a signal");
    ::_exit(1);
  });
  end_deadline_->start(end_limit);
}

void LinkThread::say_farewell() {
  is_leaving_ = true;
  end_deadline_.reset();
  reconnection_.reset();
  flush();
  if (has_left_) {
    return;
  }
  if (!is_connected() || attempts_.forget_what_is_over()) {
    leave();
    return;
  }
  farewell_deadline_ =
      std::make_unique<transport::Deadline>(context_.get_executor(), [this] { leave(); });
  farewell_deadline_->start(ack_limit);
}

void LinkThread::leave() {
  if (has_left_) {
    return;
  }
  has_left_ = true;
  for (const auto& session : attempts_.all()) {
    session->hang_up();
  }
  spool();
  beats_.reset();
  ticks_.reset();
  farewell_deadline_.reset();
  boost::system::error_code ignored;  // of signals that nobody waits for any more
  signals_.cancel(ignored);
  if (stream_) {
    stream_->close_when_written();
  }
  guard_.reset();
}

}  // namespace tarama
