// Single tries of the connector, and pauses of our own, which can be cancelled.
#include "worker/agent/reconnection.hpp"

#include <utility>

namespace tarama {

std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause, double draw) {
  const auto whole = static_cast<double>(pause.count());
  return std::chrono::milliseconds{static_cast<std::int64_t>(whole * (1 - draw / 2))};
}

Reconnection::Reconnection(boost::asio::io_context& context,
                           std::filesystem::path socket,
                           OnStream on_stream)
    : context_(context),
      socket_(std::move(socket)),
      on_stream_(std::move(on_stream)),
      pause_(context.get_executor(), [this] { try_once(); }) {}

void Reconnection::start() {
  stop();
  is_wanted_ = std::make_shared<bool>(true);
  failures_ = 0;
  try_later();
}

void Reconnection::stop() {
  *is_wanted_ = false;
  pause_.cancel();
}

void Reconnection::try_once() {
  transport::connect_with_backoff(
      context_,
      socket_,
      std::chrono::milliseconds{0},
      transport::Backoff{},
      [this, is_wanted = is_wanted_](Result<std::shared_ptr<transport::FramedStream>> stream) {
        if (!*is_wanted) {
          return;
        }
        if (stream) {
          *is_wanted = false;
          on_stream_(std::move(*stream));
        } else {
          try_later();
        }
      });
}

void Reconnection::try_later() {
  ++failures_;
  std::uniform_real_distribution<double> draw;
  pause_.start(with_jitter(transport::pause_after(reconnect_backoff, failures_), draw(random_)));
}

}  // namespace tarama
