// Paths too long for a socket address, reached through /proc/self/fd.
#include "transport/socket_address.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace tarama::transport {

namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

Result<SocketAddress> SocketAddress::of(const std::filesystem::path& path) {
  SocketAddress address;
  if (path.native().size() <= longest_path) {
    address.endpoint_ = path.native();
    return address;
  }
  address.folder_ = ::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (address.folder_ < 0) {
    return Error{Errc::not_found,
                 fmt::format("cannot open the folder {} of the socket: {}",
                             path.parent_path().native(),
                             std::strerror(errno))};
  }
  const std::string detour =
      fmt::format("/proc/self/fd/{}/{}", address.folder_, path.filename().native());
  if (detour.size() > longest_path) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: the name of a socket file may not be longer than 80 bytes",
                             path.native())};
  }
  address.endpoint_ = detour;
  return address;
}

SocketAddress::~SocketAddress() {
  if (folder_ >= 0) {
    ::close(folder_);
  }
}

SocketAddress::SocketAddress(SocketAddress&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), endpoint_(other.endpoint_) {}

SocketAddress& SocketAddress::operator=(SocketAddress&& other) noexcept {
  std::swap(folder_, other.folder_);
  endpoint_ = other.endpoint_;
  return *this;
}

}  // namespace tarama::transport
