// Connects to an orchestrator's socket, again and again with growing pauses until it answers.
#pragma once

#include "core/sweep/result.hpp"
#include "transport/framed_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace tarama::transport {

/// Pauses that double from `first` up to `longest`. No jitter: all peers are on one machine and
/// one listen queue holds them.
struct Backoff {
  std::chrono::milliseconds first{10};  // a listener that is just opening needs about 1 ms
  std::chrono::milliseconds longest{1000};
};

/// The pause after `failures` failed tries; `failures` counts from 1.
[[nodiscard]] std::chrono::milliseconds pause_after(const Backoff& backoff, int failures);

/// Calls `on_done` once, from the io_context's thread: with the stream, not yet started, or with
/// `timed_out` and the last reason once `deadline` has passed.
void connect_with_backoff(boost::asio::io_context& context,
                          const std::filesystem::path& path,
                          std::chrono::milliseconds deadline,
                          const Backoff& backoff,
                          std::function<void(Result<std::shared_ptr<FramedStream>>)> on_done);

}  // namespace tarama::transport
