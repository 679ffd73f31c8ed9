// The page's server over real sockets of this machine: what it sends, and what it bears.
#include "web/server/http_server.hpp"

#include "web/server/page_files.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <gmock/gmock.h>

namespace tarama::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tcp = boost::asio::ip::tcp;

class Client {
 public:
  explicit Client(std::uint16_t port) {
    socket_.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  }

  void send(const std::string& text) { boost::asio::write(socket_, boost::asio::buffer(text)); }

  /// Up to and with `end`; what there was where the server closed first.
  std::string until(const std::string& end) {
    boost::system::error_code error;
    const std::size_t size =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(text_), end, error);
    std::string found = text_.substr(0, error ? text_.size() : size);
    text_.erase(0, found.size());
    return found;
  }

  std::string rest() {
    boost::system::error_code closed;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(text_), closed);
    return std::move(text_);
  }

 private:
  boost::asio::io_context context_;
  tcp::socket socket_{context_};
  std::string text_;
};

std::string get(const std::string& path, const std::string& more = "X-Tarama-Token: secret\r\n") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", path, more);
}

ServerOptions options() {
  ServerOptions options;
  options.token = "secret";
  options.handler = [](const Request& request, std::size_t /*worker*/) {
    if (auto file = page_file(request.path)) {
      return std::move(*file);
    }
    Reply reply;
    reply.body = "{\"path\":\"" + request.path + "\"}";
    reply.etag = "tag";
    return request.path == "/api/here" ? reply : refusal(404, "not_found", "nothing");
  };
  options.changes = [](std::int64_t& /*cursor*/, std::size_t /*worker*/) { return std::string(); };
  options.limits.look_interval = std::chrono::milliseconds(1);
  return options;
}

std::unique_ptr<HttpServer> started(ServerOptions given = options()) {
  auto server = HttpServer::start(std::move(given));
  EXPECT_TRUE(server.has_value());
  return std::move(*server);
}

/// The whole reply to one request on a connection of its own.
std::string reply_to(const HttpServer& server, std::string request) {
  request.insert(request.size() - 2, "Connection: close\r\n");
  Client client(server.port());
  client.send(request);
  return client.rest();
}

TEST(HttpServer, AnswersOnThisMachineAlone) {
  const auto server = started();

  const std::string reply = reply_to(*server, get("/api/here"));

  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\n\r\n{\"path\":\"/api/here\"}"));
  EXPECT_THAT(reply, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
}

TEST(HttpServer, ServesThePageWithAPolicyWithoutInlineScripts) {
  const auto server = started();

  const std::string page = reply_to(*server, get("/", ""));

  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self';"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(reply_to(*server, get("/app.js", "")), HasSubstr("text/javascript"));
}

TEST(HttpServer, RefusesWithoutTheToken) {
  const auto server = started();

  EXPECT_THAT(reply_to(*server, get("/api/here", "")), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(reply_to(*server, get("/api/changes", "")), StartsWith("HTTP/1.1 401"));
}

TEST(HttpServer, LeadsToNoFileOfTheDisk) {
  const auto server = started();

  for (const std::string path : {"/../../etc/passwd",
                                 "/%2e%2e/%2e%2e/etc/passwd",
                                 "//etc/passwd",
                                 "/api/../app.js",
                                 "/app.js/../../x",
                                 "/.git/config"}) {
    EXPECT_THAT(reply_to(*server, get(path)), StartsWith("HTTP/1.1 404")) << path;
  }
}

TEST(HttpServer, SendsNothingAgainThatTheBrowserHas) {
  const auto server = started();
  const std::string tag = "X-Tarama-Token: secret\r\nIf-None-Match: \"tag\"\r\n";

  const std::string reply = reply_to(*server, get("/api/here", tag));

  EXPECT_THAT(reply, StartsWith("HTTP/1.1 304"));
  EXPECT_THAT(reply, Not(HasSubstr("path")));
}

TEST(HttpServer, AnswersSeveralRequestsOfOneConnection) {
  const auto server = started();
  Client client(server->port());

  client.send(get("/api/here"));
  EXPECT_THAT(client.until("}"), HasSubstr("200 OK"));
  client.send(get("/api/here"));
  EXPECT_THAT(client.until("}"), HasSubstr("200 OK"));
}

TEST(HttpServer, RefusesHeadersWithoutEndAndBodiesTooLong) {
  const auto server = started();
  Client headers(server->port());
  headers.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_THAT(headers.rest(), StartsWith("HTTP/1.1 413"));

  Client body(server->port());
  body.send(
      "POST /api/control HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tarama-Token: secret\r\n"
      "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_THAT(body.rest(), StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, RefusesWhatIsNoHttp) {
  const auto server = started();
  Client client(server->port());
  client.send("\x16\x03\x01 hello there\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, ClosesAConnectionThatAsksForNothing) {
  ServerOptions given = options();
  given.limits.request_time = std::chrono::milliseconds(20);
  const auto server = started(std::move(given));
  Client client(server->port());
  client.send("GET / HT");

  EXPECT_EQ(client.rest(), "");
}

TEST(HttpServer, AnswersBehindAThousandIdleConnections) {
  ServerOptions given = options();
  given.limits.connections = 16;
  const auto server = started(std::move(given));
  std::deque<Client> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(server->port());
    if (idle.size() > 300) {
      idle.pop_front();  // what one process may have open is not what is tested
    }
  }

  EXPECT_THAT(reply_to(*server, get("/api/here")), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, StreamsWhatHappensBehindTheCursor) {
  ServerOptions given = options();
  given.changes = [](std::int64_t& cursor, std::size_t /*worker*/) {
    return cursor < 9 ? fmt::format("id: {}\nevent: run\ndata: {{}}\n\n", ++cursor) : "";
  };
  const auto server = started(std::move(given));
  Client client(server->port());
  client.send(get("/api/changes?after=7"));

  const std::string events = client.until("id: 9\nevent: run\ndata: {}\n\n");

  EXPECT_THAT(events, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(events, HasSubstr("id: 8\n"));
  EXPECT_THAT(events, Not(HasSubstr("id: 7\n")));
}

TEST(HttpServer, ClosesAReaderOfTheStreamThatNeverReads) {
  ServerOptions given = options();
  given.limits.reply_time = std::chrono::milliseconds(50);
  given.limits.streams = 1;
  given.changes = [](std::int64_t& cursor, std::size_t /*worker*/) {
    ++cursor;
    return std::string(1024 * 1024, 'x');
  };
  const auto server = started(std::move(given));
  Client client(server->port());
  client.send(get("/api/changes?after=0"));
  client.until("\r\n\r\n");

  // The place is free again once the first one is closed; until then others are refused.
  while (true) {
    Client next(server->port());
    next.send(get("/api/changes?after=0"));
    if (next.until("\r\n").starts_with("HTTP/1.1 200")) {
      break;
    }
  }

  EXPECT_LT(client.rest().size(), 64U * 1024 * 1024);  // what was in the sockets' own buffers
}

TEST(HttpServer, BoundsTheStreams) {
  ServerOptions given = options();
  given.limits.streams = 1;
  const auto server = started(std::move(given));
  Client first(server->port());
  first.send(get("/api/changes"));
  first.until("\r\n\r\n");

  EXPECT_THAT(reply_to(*server, get("/api/changes")), StartsWith("HTTP/1.1 503"));
}

TEST(HttpServer, AnswersQuicklyWhileALongQuestionIsWorkedOut) {
  ServerOptions given = options();
  std::promise<void> go_on;
  std::shared_future<void> may_go_on = go_on.get_future().share();
  given.handler = [may_go_on](const Request& request, std::size_t /*worker*/) {
    if (request.path == "/api/long") {
      may_go_on.wait();
    }
    return Reply{};
  };
  const auto server = started(std::move(given));
  Client slow(server->port());
  slow.send(get("/api/long"));

  EXPECT_THAT(reply_to(*server, get("/api/here")), StartsWith("HTTP/1.1 200"));
  go_on.set_value();
  EXPECT_THAT(slow.until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, SaysWhereThePortIsTaken) {
  const auto server = started();
  ServerOptions given = options();
  given.port = server->port();

  const auto second = HttpServer::start(std::move(given));

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::refused);
  EXPECT_THAT(second.error().message, HasSubstr("--port"));
}

}  // namespace
}  // namespace tarama::web
