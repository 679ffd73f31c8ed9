// What the link does on its own thread: hears the orchestrator, beats, sends what attempts report,
// and finds back to an orchestrator after the stream broke. Private to orchestrator_link.
#pragma once

#include "core/scheduling/awake_time.hpp"
#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"
#include "transport/framed_stream.hpp"
#include "transport/timers.hpp"
#include "worker/agent/agent_options.hpp"
#include "worker/agent/hosted_attempts.hpp"
#include "worker/agent/loneliness.hpp"
#include "worker/agent/orchestrator_link.hpp"
#include "worker/agent/reconnection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace tarama {

class LinkThread {
 public:
  LinkThread();
  ~LinkThread();
  LinkThread(const LinkThread&) = delete;
  LinkThread& operator=(const LinkThread&) = delete;

  // ---- on any thread ----
  [[nodiscard]] Result<void> connect(const AgentOptions& options);

  [[nodiscard]] HostedAttempts& attempts() { return attempts_; }

  [[nodiscard]] LinkEnd end() const;
  [[nodiscard]] std::string reason() const;
  /// There is something to send.
  void news();
  /// Nothing more is taken; every attempt is asked to stop.
  void end_as(LinkEnd how, const std::string& why);

 private:
  // ---- on the link's thread ----
  void wait_for_signal();
  void use(std::shared_ptr<transport::FramedStream> connected);
  void say_hello();
  void receive(const protocol::Message& message);
  void receive_of(AttemptSession& session, const protocol::Message& message);
  void take_assignment(const protocol::Assign& assign);
  void turned_away(const std::string& reply);
  void stream_ended(const Error& error);
  void beat();
  void tick();
  void flush();
  void spool();
  void look_after_ourselves();
  void wind_up();
  void limit_end();
  void say_farewell();
  void leave();

  void note_that_it_lives();

  // ---- on any thread ----
  [[nodiscard]] std::chrono::nanoseconds awake_now() const;

  [[nodiscard]] bool is_connected() const { return stream_ != nullptr && stream_->is_open(); }

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::signal_set signals_;
  AgentOptions options_;
  std::shared_ptr<transport::FramedStream> stream_;  // null: away
  std::unique_ptr<Reconnection> reconnection_;
  std::unique_ptr<transport::Ticker> beats_;
  std::unique_ptr<transport::Ticker> ticks_;
  std::unique_ptr<transport::Deadline> end_deadline_;
  std::unique_ptr<transport::Deadline> farewell_deadline_;
  std::optional<Loneliness> loneliness_;  // while away
  std::string spool_trouble_;
  bool was_signalled_ = false;
  bool is_leaving_ = false;
  bool has_left_ = false;
  HostedAttempts attempts_;
  std::thread thread_;
  std::promise<void> thread_ended_;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool is_welcome_ = false;
  LinkEnd end_ = LinkEnd::none;
  std::string reason_;

  mutable std::mutex clock_mutex_;
  AwakeTime awake_;
};

}  // namespace tarama
