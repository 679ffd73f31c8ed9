// One request and its reply on an event loop that lives as long.
#include "transport/control_client.hpp"

#include "protocol/messages.hpp"
#include "transport/framed_stream.hpp"
#include "transport/socket_address.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace tarama::transport {

namespace {

namespace asio = boost::asio;

/// Another user's: the socket is for its owner alone.
Error not_ours(const std::filesystem::path& socket) {
  struct stat status {};

  const bool is_known =
      ::stat(socket.c_str(), &status) == 0 || ::stat(socket.parent_path().c_str(), &status) == 0;
  const passwd* const user = is_known ? getpwuid(status.st_uid) : nullptr;
  const std::string owner = user != nullptr
                                ? fmt::format("{} (uid {})", user->pw_name, user->pw_uid)
                            : is_known ? fmt::format("uid {}", status.st_uid)
                                       : "another user";
  return {Errc::refused,
          fmt::format("the store {} belongs to {}: only that user may ask its orchestrator",
                      socket.parent_path().native(),
                      owner)};
}

Result<FramedStream::Socket> connect(asio::io_context& context, const std::filesystem::path& path) {
  const Error nobody{Errc::not_found,
                     "no orchestrator is running on this store: start one with `tarama serve` or "
                     "use `tarama run`"};
  const auto address = SocketAddress::of(path);
  if (!address) {
    return access(path.parent_path().c_str(), X_OK) != 0 && errno == EACCES ? not_ours(path)
           : address.error().code == Errc::not_found                        ? nobody
                                                                            : address.error();
  }
  FramedStream::Socket socket(context);
  boost::system::error_code code;
  socket.connect(address->endpoint(), code);
  if (code == boost::system::errc::no_such_file_or_directory ||
      code == boost::system::errc::not_a_directory ||
      code == boost::system::errc::connection_refused) {
    return nobody;
  }
  if (code == boost::system::errc::permission_denied) {
    return not_ours(path);
  }
  if (code) {
    return Error{Errc::refused,
                 fmt::format("cannot connect to {}: {}", path.native(), code.message())};
  }
  return socket;
}

}  // namespace

Result<std::string> ask(const std::filesystem::path& socket,
                        const std::string& request,
                        std::chrono::milliseconds deadline) {
  asio::io_context context;
  auto connected = connect(context, socket);
  if (!connected) {
    return connected.error();
  }
  std::optional<Result<std::string>> answer;
  const auto stream = FramedStream::create(std::move(*connected));
  stream->start(
      [&](protocol::Message message) {
        auto* reply = std::get_if<protocol::Reply>(&message);
        answer = reply != nullptr
                     ? Result<std::string>(std::move(reply->json))
                     : Error{Errc::corrupt, "the orchestrator answered with another message"};
        stream->close();
      },
      [&](const Error& error) { answer = in_context("the orchestrator gave no answer", error); });
  if (auto sent = stream->send(protocol::Request{request}); !sent) {
    stream->close();
    return sent.error();
  }
  context.run_for(deadline);
  // The callbacks hold references into this frame; they are dropped before it ends.
  stream->close();
  if (!answer) {
    return Error{Errc::timed_out,
                 fmt::format("the orchestrator did not answer within {} s",
                             std::chrono::duration<double>(deadline).count())};
  }
  return std::move(*answer);
}

}  // namespace tarama::transport
