// Back to the orchestrator's socket after a stream broke: one try after another, with growing
// pauses that no two workers share.
#pragma once

#include "transport/connector.hpp"
#include "transport/framed_stream.hpp"
#include "transport/timers.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>

namespace tarama {

/// Short enough that a restarted orchestrator has its workers back in seconds; a try on a local
/// socket that nobody listens on costs microseconds.
inline constexpr transport::Backoff reconnect_backoff{.first = std::chrono::milliseconds{50},
                                                      .longest = std::chrono::milliseconds{1500}};

/// `pause`, shortened by up to a half: `draw` is from [0, 1).
[[nodiscard]] std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause, double draw);

/// On the io_context's thread; its end, or `stop`, cancels it.
class Reconnection {
 public:
  using OnStream = std::function<void(std::shared_ptr<transport::FramedStream>)>;

  /// `on_stream` gets a stream that is not started; more may follow, after another `start`.
  Reconnection(boost::asio::io_context& context, std::filesystem::path socket, OnStream on_stream);

  ~Reconnection() { stop(); }

  Reconnection(const Reconnection&) = delete;
  Reconnection& operator=(const Reconnection&) = delete;

  void start();
  void stop();

 private:
  void try_once();
  void try_later();

  boost::asio::io_context& context_;
  std::filesystem::path socket_;
  OnStream on_stream_;
  transport::Deadline pause_;
  std::mt19937_64 random_{std::random_device{}()};
  int failures_ = 0;
  // Tells an answer that comes after `stop`, or after our end, that nobody waits for it.
  std::shared_ptr<bool> is_wanted_ = std::make_shared<bool>(false);
};

}  // namespace tarama
