// Making the socket file safely, and accepting.
#include "transport/listener.hpp"

#include "transport/socket_address.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tarama::transport {

namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

// Accepting fails when descriptors run out; they come back as streams end. Without a pause the
// loop would spin until then.
constexpr std::chrono::milliseconds pause_after_failed_accept{100};

Error io_error(const std::filesystem::path& path,
               std::string_view doing,
               const boost::system::error_code& code) {
  return Error{Errc::io, fmt::format("{} {}: {}", doing, path.native(), code.message())};
}

bool somebody_listens(asio::io_context& context, const SocketAddress& address) {
  Protocol::socket probe(context);
  boost::system::error_code code;
  probe.connect(address.endpoint(), code);
  // EAGAIN: the listener is there, its queue is full.
  return !code || code == asio::error::try_again;
}

Result<void> clear_the_way(asio::io_context& context,
                           const std::filesystem::path& path,
                           const SocketAddress& address) {
  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0) {
    return {};  // nothing there; any other trouble shows when binding
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Error{
        Errc::refused,
        fmt::format("{} is not a socket; move it away, tarama needs that name", path.native())};
  }
  if (somebody_listens(context, address)) {
    return Error{Errc::refused,
                 fmt::format("an orchestrator listens on {} already", path.native())};
  }
  ::unlink(path.c_str());  // if this fails, binding says why
  return {};
}

/// The file's identity, so that a listener removes its own file and no successor's.
std::optional<std::pair<dev_t, ino_t>> identity_of(const std::filesystem::path& path) {
  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return std::pair(status.st_dev, status.st_ino);
}

// 0600 from the first moment on, not after a chmod; and not by the umask, which is the whole
// process's: a file that another thread makes meanwhile would get it. Linux gives the socket's file
// the mode of the socket.
boost::system::error_code bind_private(Protocol::acceptor& acceptor,
                                       const Protocol::endpoint& endpoint) {
  boost::system::error_code code;
  if (::fchmod(acceptor.native_handle(), 0600) != 0) {
    return {errno, boost::system::system_category()};
  }
  acceptor.bind(endpoint, code);
  return code;
}

/// By what the kernel noted when the peer connected.
bool is_peer_allowed(Protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         may_speak(peer.uid, ::geteuid());
}

}  // namespace

bool may_speak(uid_t peer, uid_t own) {
  return peer == own || peer == 0;
}

struct Listener::State : std::enable_shared_from_this<Listener::State> {
  State(asio::io_context& its_context, std::filesystem::path socket_path)
      : context(its_context), acceptor(context), retry(context), path(std::move(socket_path)) {}

  [[nodiscard]] Result<void> listen();

  void accept_next() {
    acceptor.async_accept([self = shared_from_this()](const boost::system::error_code& code,
                                                      Protocol::socket socket) {
      if (!self->acceptor.is_open()) {
        return;
      }
      if (code) {
        self->accept_later();
        return;
      }
      if (is_peer_allowed(socket)) {
        self->on_stream(FramedStream::create(std::move(socket)));
      }
      if (self->acceptor.is_open()) {
        self->accept_next();
      }
    });
  }

  void accept_later() {
    retry.expires_after(pause_after_failed_accept);
    retry.async_wait([self = shared_from_this()](const boost::system::error_code& code) {
      if (!code && self->acceptor.is_open()) {
        self->accept_next();
      }
    });
  }

  asio::io_context& context;
  Protocol::acceptor acceptor;
  asio::steady_timer retry;
  std::filesystem::path path;
  std::optional<std::pair<dev_t, ino_t>> identity;
  OnStream on_stream;
};

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& context,
                                                 const std::filesystem::path& path) {
  auto state = std::make_shared<State>(context, path);
  if (auto listening = state->listen(); !listening) {
    return listening.error();
  }
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Result<void> Listener::State::listen() {
  const auto address = SocketAddress::of(path);
  if (!address) {
    return address.error();
  }
  if (auto cleared = clear_the_way(context, path, *address); !cleared) {
    return cleared.error();
  }
  Protocol::acceptor made(context);
  boost::system::error_code code;
  made.open(Protocol(), code);
  if (!code) {
    code = bind_private(made, address->endpoint());
  }
  if (code) {
    return io_error(path, "cannot make the socket", code);
  }
  made.listen(asio::socket_base::max_listen_connections, code);
  if (code) {
    return io_error(path, "cannot listen on the socket", code);
  }
  identity = identity_of(path);
  acceptor = std::move(made);
  return {};
}

// The accept that waits on the old socket is aborted, and so comes again on the new one.
Result<bool> Listener::renew() {
  State& state = *state_;
  if (!state.acceptor.is_open() || (state.identity && identity_of(state.path) == state.identity)) {
    return false;
  }
  const auto listening = state.listen();
  return listening ? Result<bool>(true) : listening.error();
}

Listener::~Listener() {
  stop();
}

void Listener::start(OnStream on_stream) {
  state_->on_stream = std::move(on_stream);
  state_->accept_next();
}

void Listener::stop() {
  if (!state_->acceptor.is_open()) {
    return;
  }
  boost::system::error_code ignored;  // nobody can be told, and the descriptor is gone anyway
  state_->acceptor.close(ignored);
  state_->retry.cancel();
  if (state_->identity && identity_of(state_->path) == state_->identity) {
    ::unlink(state_->path.c_str());
  }
}

}  // namespace tarama::transport
