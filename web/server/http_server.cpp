// The only file that sees Boost.Beast. One thread runs all sockets; connections live in its list
// and are touched by it alone, so that nothing here needs a lock.
#include "web/server/http_server.hpp"

#include "web/server/answering_threads.hpp"
#include "web/server/request_guard.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace tarama::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

std::string header_of(const http::fields& fields, std::string_view name) {
  const auto found = fields.find(boost::core::string_view(name.data(), name.size()));
  return found == fields.end() ? "" : std::string(found->value());
}

/// nullopt where the request line names no place of a server.
std::optional<Request> request_of(const http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  if (!split_target(std::string_view(message.target().data(), message.target().size()), request)) {
    return std::nullopt;
  }
  request.body = message.body();
  request.host = header_of(message, "Host");
  request.origin = header_of(message, "Origin");
  request.fetch_site = header_of(message, "Sec-Fetch-Site");
  request.content_type = header_of(message, "Content-Type");
  request.token = header_of(message, "X-Tarama-Token");
  request.if_none_match = header_of(message, "If-None-Match");
  return request;
}

void set_safe_headers(http::fields& fields) {
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Frame-Options", "DENY");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set("Cross-Origin-Resource-Policy", "same-origin");
  fields.set("Cross-Origin-Opener-Policy", "same-origin");
}

http::response<http::string_body> response_of(Reply reply, const Request& request) {
  const std::string tag = reply.etag.empty() ? "" : fmt::format("\"{}\"", reply.etag);
  if (reply.status == 200 && !tag.empty() && request.if_none_match == tag) {
    reply.status = 304;
  }
  http::response<http::string_body> response;
  response.version(11);
  response.result(static_cast<unsigned>(reply.status));
  set_safe_headers(response);
  response.set(http::field::cache_control, tag.empty() ? "no-store" : "private, no-cache");
  if (!tag.empty()) {
    response.set(http::field::etag, tag);
  }
  if (!reply.content_security_policy.empty()) {
    response.set("Content-Security-Policy", reply.content_security_policy);
  }
  if (reply.status == 304) {
    return response;
  }
  response.set(http::field::content_type, reply.content_type);
  const std::size_t size = reply.body.size();
  if (request.method != "HEAD") {
    response.body() = std::move(reply.body);
  }
  response.content_length(size);
  return response;
}

class Connection;

/// What connections need of the server.
class Server {
 public:
  Server(ServerOptions options, tcp::acceptor acceptor, std::unique_ptr<asio::io_context> context);
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const ServerOptions& options() const { return options_; }

  AnsweringThreads& answering() { return answering_; }

  asio::io_context& context() { return *context_; }

  [[nodiscard]] bool has_room_for_stream() const;
  /// A stream has begun: changes are looked at.
  void follow();
  void remove(const Connection& connection);

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void accept();
  void take(tcp::socket socket);
  void look();
  void hand_out(std::vector<std::pair<std::shared_ptr<Connection>, std::string>> texts,
                const std::vector<std::int64_t>& cursors);

  ServerOptions options_;
  std::unique_ptr<asio::io_context> context_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  asio::steady_timer retry_;
  asio::steady_timer looking_;
  bool is_looking_ = false;
  std::list<std::shared_ptr<Connection>> connections_;
  AnsweringThreads answering_;
  std::thread thread_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class State { reading, answering, writing, streaming, closed };

  Connection(Server& server, tcp::socket socket) : server_(server), stream_(std::move(socket)) {}

  void read() {
    move_to(State::reading);
    const ServerLimits& limits = server_.options().limits;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser_->body_limit(limits.body_bytes);
    stream_.expires_after(limits.request_time);
    http::async_read(stream_,
                     buffer_,
                     *parser_,
                     [self = shared_from_this()](error_code error, std::size_t /*bytes*/) {
                       self->on_read(error);
                     });
  }

  void close() {
    if (state_ != State::closed) {
      move_to(State::closed);
      stream_.close();
      server_.remove(*this);
    }
  }

  /// Of a stream: the cursor goes on with the text, which the reader has not taken yet.
  void send_events(std::string text, std::int64_t cursor) {
    cursor_ = cursor;
    write_raw(std::move(text));
  }

  [[nodiscard]] State state() const { return state_; }

  [[nodiscard]] Clock::time_point since() const { return since_; }

  [[nodiscard]] bool takes_events() const { return state_ == State::streaming && !is_sending_; }

  [[nodiscard]] bool is_silent() const {
    return Clock::now() - sent_at_ > server_.options().limits.silence;
  }

  [[nodiscard]] std::int64_t cursor() const { return cursor_; }

 private:
  void move_to(State state) {
    state_ = state;
    since_ = Clock::now();
  }

  void on_read(error_code error) {
    if (state_ == State::closed) {
      return;
    }
    if (!error) {
      answer(parser_->release());
    } else if (error == http::error::header_limit || error == http::error::body_limit) {
      refuse_and_close(413, "the request is too long");
    } else if (error == http::error::end_of_stream || error.category() != http_category()) {
      close();
    } else {
      refuse_and_close(400, "this is no HTTP request");
    }
  }

  static const boost::system::error_category& http_category() {
    return make_error_code(http::error::end_of_stream).category();
  }

  void refuse_and_close(int status, std::string_view message) {
    is_last_ = true;
    write(refusal(status, "invalid_argument", message));
  }

  void answer(const http::request<http::string_body>& message) {
    is_last_ = !message.keep_alive();
    auto request = request_of(message);
    if (!request) {
      return refuse_and_close(400, "the address is broken");
    }
    request_ = std::move(*request);
    if (auto reply = refused(request_, server_.options().token)) {
      return write(std::move(*reply));
    }
    if (request_.path == "/api/changes" && request_.method == "GET") {
      return start_stream();
    }
    move_to(State::answering);
    auto work = [self = shared_from_this()](std::size_t worker) {
      Reply reply = self->server_.options().handler(self->request_, worker);
      asio::post(self->server_.context(),
                 [self, reply = std::move(reply)]() mutable { self->write(std::move(reply)); });
    };
    if (!server_.answering().post(std::move(work))) {
      write(refusal(503, "refused", "too many requests wait; try again in a moment"));
    }
  }

  void write(Reply reply) {
    if (state_ == State::closed) {
      return;
    }
    move_to(State::writing);
    response_ = response_of(std::move(reply), request_);
    response_.keep_alive(!is_last_);
    stream_.expires_after(server_.options().limits.reply_time);
    http::async_write(
        stream_, response_, [self = shared_from_this()](error_code error, std::size_t /*bytes*/) {
          self->on_written(error);
        });
  }

  void on_written(error_code error) {
    if (state_ == State::closed) {
      return;
    }
    response_ = {};
    request_ = {};
    if (error || is_last_) {
      return close();
    }
    read();
  }

  void start_stream() {
    if (!server_.has_room_for_stream()) {
      return write(refusal(503, "refused", "too many pages follow this store already"));
    }
    cursor_ = whole_number_in(request_, "after").value_or(0);
    move_to(State::streaming);
    stream_.expires_never();
    stream_.async_read_some(asio::buffer(unread_),
                            [self = shared_from_this()](error_code, std::size_t) {
                              self->close();  // nothing is expected: it left, or is no browser
                            });
    write_raw(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
        "Connection: close\r\n\r\n:\n\n");
    server_.follow();
  }

  /// One text is on its way at a time: a reader that takes nothing costs this one text, and is
  /// closed when its time is over.
  void write_raw(std::string text) {
    is_sending_ = true;
    sent_at_ = Clock::now();
    text_ = std::move(text);
    stream_.expires_after(server_.options().limits.reply_time);
    asio::async_write(stream_,
                      asio::buffer(text_),
                      [self = shared_from_this()](error_code error, std::size_t /*bytes*/) {
                        self->is_sending_ = false;
                        if (error) {
                          self->close();
                        }
                      });
  }

  Server& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  Request request_;
  State state_ = State::reading;
  Clock::time_point since_ = Clock::now();
  bool is_last_ = false;
  // Of a stream:
  std::array<char, 16> unread_{};
  std::string text_;
  bool is_sending_ = false;
  std::int64_t cursor_ = 0;
  Clock::time_point sent_at_ = Clock::now();
};

Server::Server(ServerOptions options,
               tcp::acceptor acceptor,
               std::unique_ptr<asio::io_context> context)
    : options_(std::move(options)),
      context_(std::move(context)),
      acceptor_(std::move(acceptor)),
      port_(acceptor_.local_endpoint().port()),
      retry_(*context_),
      looking_(*context_),
      answering_(options_.workers, options_.limits.waiting_requests) {
  accept();
  thread_ = std::thread([this] { context_->run(); });
}

Server::~Server() {
  answering_.stop();
  context_->stop();
  thread_.join();
  // Handlers that never ran hold connections, which refer to this: they go while it is whole.
  connections_.clear();
}

void Server::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) {
      return;
    }
    if (!error) {
      take(std::move(socket));
      return accept();
    }
    // No descriptors left, most likely: connections end by their time limits.
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](error_code stopped) {
      if (!stopped) {
        accept();
      }
    });
  });
}

void Server::take(tcp::socket socket) {
  if (connections_.size() >= options_.limits.connections) {
    std::shared_ptr<Connection> oldest;
    for (const auto& connection : connections_) {
      const bool is_idle = connection->state() == Connection::State::reading;
      if (is_idle && (!oldest || connection->since() < oldest->since())) {
        oldest = connection;
      }
    }
    if (!oldest) {
      return;  // the socket closes
    }
    oldest->close();
  }
  connections_.push_back(std::make_shared<Connection>(*this, std::move(socket)));
  connections_.back()->read();
}

bool Server::has_room_for_stream() const {
  const auto streams = std::ranges::count_if(connections_, [](const auto& connection) {
    return connection->state() == Connection::State::streaming;
  });
  return static_cast<std::size_t>(streams) < options_.limits.streams;
}

void Server::remove(const Connection& connection) {
  const auto found = std::ranges::find_if(
      connections_, [&](const auto& candidate) { return candidate.get() == &connection; });
  if (found != connections_.end()) {
    connections_.erase(found);
  }
}

void Server::follow() {
  if (is_looking_) {
    return;
  }
  is_looking_ = true;
  looking_.expires_after(options_.limits.look_interval);
  looking_.async_wait([this](error_code stopped) {
    if (!stopped) {
      look();
    }
  });
}

/// One question for all that follow; the next one is asked when this one is answered.
void Server::look() {
  std::vector<std::pair<std::shared_ptr<Connection>, std::string>> texts;
  std::vector<std::int64_t> cursors;
  bool has_streams = false;
  for (const auto& connection : connections_) {
    has_streams = has_streams || connection->state() == Connection::State::streaming;
    if (connection->takes_events()) {
      texts.emplace_back(connection, "");
      cursors.push_back(connection->cursor());
    }
  }
  is_looking_ = false;
  if (!has_streams) {
    return;
  }
  auto work = [this, texts = std::move(texts), cursors](std::size_t worker) mutable {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i].second = options_.changes(cursors[i], worker);
    }
    asio::post(*context_, [this, texts = std::move(texts), cursors]() mutable {
      hand_out(std::move(texts), cursors);
    });
  };
  is_looking_ = true;
  if (!answering_.post(std::move(work))) {
    is_looking_ = false;
    follow();  // busy; later
  }
}

void Server::hand_out(std::vector<std::pair<std::shared_ptr<Connection>, std::string>> texts,
                      const std::vector<std::int64_t>& cursors) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto& [connection, text] = texts[i];
    if (!connection->takes_events()) {
      continue;  // it left meanwhile
    }
    if (!text.empty()) {
      connection->send_events(std::move(text), cursors[i]);
    } else if (connection->is_silent()) {
      connection->send_events(":\n\n", cursors[i]);
    }
  }
  is_looking_ = false;
  follow();
}

Result<tcp::acceptor> listen(asio::io_context& context, std::uint16_t port) {
  error_code error;
  tcp::acceptor acceptor(context);
  const tcp::endpoint place(asio::ip::address_v4::loopback(), port);
  acceptor.open(place.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(place, error);
  }
  if (!error) {
    acceptor.listen(128, error);
  }
  if (error) {
    return Error{Errc::refused,
                 fmt::format("port {} of 127.0.0.1 cannot be had: {}; name another by --port, or "
                             "leave it out for a free one",
                             port,
                             error.message())};
  }
  return acceptor;
}

}  // namespace

struct HttpServer::Parts {
  std::unique_ptr<Server> server;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options) {
  auto context = std::make_unique<asio::io_context>();
  auto acceptor = listen(*context, options.port);
  if (!acceptor) {
    return acceptor.error();
  }
  auto parts = std::make_unique<Parts>();
  parts->server =
      std::make_unique<Server>(std::move(options), std::move(*acceptor), std::move(context));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
  return parts_->server->port();
}

}  // namespace tarama::web
