// The socket file that an orchestrator listens on, and the streams that connect to it.
#pragma once

#include "core/sweep/result.hpp"
#include "transport/framed_stream.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <sys/types.h>

namespace tarama::transport {

/// Whether a process of user `peer` may speak with one of user `own`: the same user, or root, who
/// may do anything to it anyway.
[[nodiscard]] bool may_speak(uid_t peer, uid_t own);

/// Listens from `open` until its end, then removes the socket file. On the io_context's thread.
class Listener {
 public:
  using OnStream = std::function<void(std::shared_ptr<FramedStream>)>;

  /// Makes the socket file with mode 0600; the path may be longer than the 107 bytes of a socket
  /// address. A file left behind by a dead process is replaced; `refused` if somebody listens
  /// there, or if the file is no socket.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(boost::asio::io_context& context,
                                                              const std::filesystem::path& path);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Hands every new stream, not yet started, to `on_stream`. Peers of another user are hung up on:
  /// the file's mode keeps them out already, unless somebody has changed it.
  void start(OnStream on_stream);
  /// Makes the socket file anew where somebody has removed or replaced it, and whether that was so;
  /// streams that exist go on. Errors as of `open`.
  [[nodiscard]] Result<bool> renew();
  /// Accepts nothing more; streams that exist go on.
  void stop();

 private:
  struct State;
  explicit Listener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tarama::transport
