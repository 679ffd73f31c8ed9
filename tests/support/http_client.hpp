// A request to a server of this machine and its whole reply, for tests of programs.
#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace tarama::test {

/// `request`: whole, with its empty line. "Connection: close" is added.
inline std::string http_reply(int port, std::string request) {
  const int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
  request.insert(request.find("\r\n") + 2, "Connection: close\r\n");
  EXPECT_EQ(send(socket_, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string reply;
  std::array<char, 65536> buffer{};
  for (ssize_t count = 1; count > 0;) {
    count = recv(socket_, buffer.data(), buffer.size(), 0);
    reply.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  close(socket_);
  return reply;
}

inline std::string body_of(const std::string& reply) {
  const std::size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? "" : reply.substr(end + 4);
}

}  // namespace tarama::test
