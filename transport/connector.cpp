// Trying again with growing pauses until the deadline.
#include "transport/connector.hpp"

#include "transport/socket_address.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tarama::transport {

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// One effort to connect; kept alive by its pending operation.
class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
  using OnDone = std::function<void(Result<std::shared_ptr<FramedStream>>)>;

  Connecting(asio::io_context& context,
             std::filesystem::path path,
             Clock::time_point end,
             Backoff backoff,
             OnDone on_done)
      : socket_(context),
        timer_(context),
        path_(std::move(path)),
        end_(end),
        backoff_(backoff),
        on_done_(std::move(on_done)) {}

  void try_once() {
    // Anew each time: the folder may be made, or replaced, while we wait.
    const auto address = SocketAddress::of(path_);
    if (!address) {
      try_later(address.error().message);
      return;
    }
    // A local connect answers at once: there is nothing to wait for asynchronously.
    boost::system::error_code code;
    socket_.connect(address->endpoint(), code);
    if (code) {
      boost::system::error_code ignored;  // of a socket that was never connected
      socket_.close(ignored);
      try_later(code.message());
      return;
    }
    on_done_(FramedStream::create(std::move(socket_)));
  }

 private:
  void try_later(const std::string& reason) {
    ++failures_;
    const auto pause = pause_after(backoff_, failures_);
    if (Clock::now() + pause > end_) {
      on_done_(Error{
          Errc::timed_out,
          fmt::format(
              "cannot connect to {}, tried {} times: {}", path_.native(), failures_, reason)});
      return;
    }
    timer_.expires_after(pause);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& code) {
      if (!code) {
        self->try_once();
      }
    });
  }

  FramedStream::Socket socket_;
  asio::steady_timer timer_;
  std::filesystem::path path_;
  Clock::time_point end_;
  Backoff backoff_;
  OnDone on_done_;
  int failures_ = 0;
};

}  // namespace

std::chrono::milliseconds pause_after(const Backoff& backoff, int failures) {
  auto pause = backoff.first;
  for (int i = 1; i < failures && pause < backoff.longest; ++i) {
    pause *= 2;
  }
  return std::min(pause, backoff.longest);
}

void connect_with_backoff(asio::io_context& context,
                          const std::filesystem::path& path,
                          std::chrono::milliseconds deadline,
                          const Backoff& backoff,
                          std::function<void(Result<std::shared_ptr<FramedStream>>)> on_done) {
  const auto connecting = std::make_shared<Connecting>(
      context, path, Clock::now() + deadline, backoff, std::move(on_done));
  asio::post(context, [connecting] { connecting->try_once(); });
}

}  // namespace tarama::transport
