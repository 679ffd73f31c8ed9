// A socket file's address, also where the path is longer than the kernel's 107 bytes.
#pragma once

#include "core/sweep/result.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>

namespace tarama::transport {

/// Valid for bind and connect while it lives: a long path is reached through the folder's
/// descriptor, as /proc/self/fd/N/NAME.
class SocketAddress {
 public:
  /// `not_found` if the folder of a long path cannot be opened; `invalid_argument` if the file's
  /// name alone is too long.
  [[nodiscard]] static Result<SocketAddress> of(const std::filesystem::path& path);

  ~SocketAddress();
  SocketAddress(SocketAddress&& other) noexcept;
  SocketAddress& operator=(SocketAddress&& other) noexcept;

  [[nodiscard]] const boost::asio::local::stream_protocol::endpoint& endpoint() const {
    return endpoint_;
  }

 private:
  SocketAddress() = default;

  int folder_ = -1;  // -1: the path is short enough
  boost::asio::local::stream_protocol::endpoint endpoint_;
};

}  // namespace tarama::transport
