// The page's HTTP server: 127.0.0.1 alone, everything about a connection bounded in number, size
// and time, questions answered on threads of their own, and one kind of stream: what happened
// since.
#pragma once

#include "core/sweep/result.hpp"
#include "web/server/http_message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tarama::web {

/// Called on one of the answering threads, several at once; `worker` says on which, from 0. What
/// /api/ and the page's files are is up to it; it gets no request that request_guard.hpp refuses.
using Handler = std::function<Reply(const Request& request, std::size_t worker)>;

/// What to send to a stream that has followed up to `cursor`, which it moves; empty: nothing new.
/// Text of server-sent events. Called as the handler is.
using Changes = std::function<std::string(std::int64_t& cursor, std::size_t worker)>;

struct ServerLimits {
  std::size_t connections = 128;  // beyond: the longest idle one goes, or the new one is closed
  std::size_t streams = 16;       // of these; browsers share one among their tabs
  std::size_t waiting_requests = 64;
  std::size_t header_bytes = 8 * 1024;
  std::size_t body_bytes = 4 * 1024;
  std::chrono::milliseconds request_time{10'000};  // from its first wait to its last byte
  std::chrono::milliseconds reply_time{30'000};    // for a reader to take a reply
  std::chrono::milliseconds look_interval{300};    // at changes, while somebody follows
  std::chrono::milliseconds silence{15'000};       // of a stream, before a comment is sent
};

struct ServerOptions {
  std::uint16_t port = 0;  // 0: a free one
  std::string token;
  Handler handler;
  Changes changes;
  std::size_t workers = 2;
  ServerLimits limits{};
};

class HttpServer {
 public:
  /// `refused` where the port is taken. Runs on threads of its own until it is destroyed.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(ServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::web
