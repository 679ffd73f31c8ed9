// Header, body, hand on; and a queue of frames to write.
#include "transport/framed_stream.hpp"

#include "core/sweep/assert.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace tarama::transport {

namespace {

namespace asio = boost::asio;

// Longer than nearly every frame: metrics come in batches of 64 rows, requests are a few hundred
// bytes.
constexpr std::size_t first_piece = std::size_t{16} << 10;

Error socket_error(std::string_view doing, const boost::system::error_code& code) {
  if (code == asio::error::eof || code == asio::error::connection_reset ||
      code == asio::error::broken_pipe) {
    return Error{Errc::io, "the peer closed the connection"};
  }
  return Error{Errc::io, fmt::format("{} the socket: {}", doing, code.message())};
}

}  // namespace

bool ReadBudget::take(std::size_t bytes) {
  if (bytes > left_) {
    return false;
  }
  left_ -= bytes;
  return true;
}

FramedStream::FramedStream(Socket socket, std::size_t queue_limit)
    : socket_(std::move(socket)), queue_limit_(queue_limit) {}

FramedStream::~FramedStream() {
  give_back();
}

std::shared_ptr<FramedStream> FramedStream::create(Socket socket, std::size_t queue_limit) {
  return std::shared_ptr<FramedStream>(new FramedStream(std::move(socket), queue_limit));
}

void FramedStream::start(OnMessage on_message, OnClosed on_closed) {
  TARAMA_ASSERT(!on_message_, "a stream is started once");
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  read_header();
}

void FramedStream::read_header() {
  asio::async_read(
      socket_,
      asio::buffer(header_),
      [self = shared_from_this()](const boost::system::error_code& code, std::size_t bytes) {
        if (code) {
          const bool is_cut = code == asio::error::eof && bytes > 0;
          self->break_off(is_cut
                              ? Error{Errc::corrupt, "the connection ended within a frame header"}
                              : socket_error("reading from", code));
          return;
        }
        const auto header = protocol::decode_header(self->header_);
        if (!header) {
          self->break_off(header.error());
          return;
        }
        self->peer_version_ = header->version;
        self->read_body(*header);
      });
}

// The body in pieces, each as long as what is there already: whoever promises 64 MiB and sends
// nothing costs one page.
void FramedStream::read_body(const protocol::FrameHeader& header) {
  const std::size_t there = body_.size();
  const std::size_t piece =
      std::min<std::size_t>(header.body_bytes - there, std::max(there, first_piece));
  if (there + piece > first_piece && budget_ && piece > 0) {
    if (!budget_->take(piece)) {
      return break_off(
          Error{Errc::refused,
                fmt::format("a message of {} bytes, while others of such a length are on their "
                            "way; try again later",
                            header.body_bytes)});
    }
    taken_from_budget_ += piece;
  }
  body_.resize(there + piece);
  asio::async_read(
      socket_,
      asio::buffer(body_.data() + there, piece),
      [self = shared_from_this(), header](const boost::system::error_code& code, std::size_t) {
        if (code) {
          self->break_off(socket_error("reading from", code));
        } else if (self->body_.size() < header.body_bytes) {
          self->read_body(header);
        } else {
          self->take_message(header);
        }
      });
}

void FramedStream::take_message(const protocol::FrameHeader& header) {
  auto message = protocol::decode_body(header, body_);
  let_go_of_body();
  if (!message) {
    if (!header.is_readable()) {
      turn_away(message.error());
    }
    break_off(message.error());
    return;
  }
  if (on_message_ && !is_closing_) {
    // A copy: the callback may close the stream, which drops the callbacks.
    const OnMessage on_message = on_message_;
    on_message(std::move(*message));
  }
  if (is_open() && !is_closing_) {
    is_waiting_to_read_ = true;
    read_on_if_free();
  }
}

void FramedStream::let_go_of_body() {
  // The memory of a long frame goes with it; that of the short ones, nearly all, is used again.
  body_.clear();
  if (body_.capacity() > first_piece) {
    body_.shrink_to_fit();
  }
  give_back();
}

void FramedStream::give_back() {
  if (budget_) {
    budget_->give_back(std::exchange(taken_from_budget_, 0));
  }
}

void FramedStream::read_within(std::shared_ptr<ReadBudget> budget) {
  give_back();
  budget_ = std::move(budget);
}

void FramedStream::go_on_reading() {
  is_free_when_written_ = !queue_.empty();
  is_held_ = is_free_when_written_;
  read_on_if_free();
}

void FramedStream::read_on_if_free() {
  if (!is_held_ && is_waiting_to_read_ && is_open() && !is_closing_) {
    is_waiting_to_read_ = false;
    read_header();
  }
}

Result<void> FramedStream::send(const protocol::Message& message) {
  const bool is_reply = std::holds_alternative<protocol::Reply>(message);
  auto frame = protocol::encode(message, is_reply ? peer_version_ : protocol::version);
  if (!frame) {
    return frame.error();
  }
  if (!is_open() || is_closing_ || peer_has_left_) {
    return {};
  }
  if (queued_bytes_ + frame->size() > queue_limit_) {
    break_off(Error{Errc::refused,
                    fmt::format("the peer does not read: {} bytes wait for it, the limit is {}",
                                queued_bytes_ + frame->size(),
                                queue_limit_)});
    return {};
  }
  queued_bytes_ += frame->size();
  queue_.push_back(std::move(*frame));
  if (queue_.size() == 1) {
    write_next();
  }
  return {};
}

void FramedStream::write_next() {
  asio::async_write(
      socket_,
      asio::buffer(queue_.front()),
      [self = shared_from_this()](const boost::system::error_code& code, std::size_t) {
        if (code == asio::error::broken_pipe || code == asio::error::connection_reset) {
          self->drop_writes();
          return;
        }
        if (code) {
          self->break_off(socket_error("writing to", code));
          return;
        }
        self->queued_bytes_ -= self->queue_.front().size();
        self->queue_.pop_front();
        if (!self->queue_.empty()) {
          self->write_next();
        } else if (self->is_closing_) {
          self->close();
        } else if (self->is_free_when_written_) {
          self->go_on_reading();
        }
      });
}

// The peer has left, but what it said before, perhaps its result, may still be unread: the stream
// ends where reading does.
void FramedStream::drop_writes() {
  queue_.clear();
  queued_bytes_ = 0;
  peer_has_left_ = true;
  if (is_closing_) {
    close();
  } else if (is_free_when_written_) {
    go_on_reading();
  }
}

void FramedStream::close_when_written() {
  if (queue_.empty()) {
    close();
  } else {
    is_closing_ = true;
  }
}

void FramedStream::close() {
  boost::system::error_code ignored;  // the descriptor is gone whatever close() says
  socket_.close(ignored);
  give_back();
  on_message_ = nullptr;
  on_closed_ = nullptr;
}

// A peer of another version is told so in the one way that every version can read. Written at once
// and not queued, since the stream ends here; a few hundred bytes always fit the socket's buffer.
void FramedStream::turn_away(const Error& error) {
  const protocol::Reply reply{
      fmt::format(R"({{"error": {{"code": "refused", "message": "{}"}}}})", error.message)};
  const auto frame = protocol::encode(reply, peer_version_);
  if (frame && queue_.empty()) {
    boost::system::error_code ignored;  // a peer that has left misses nothing
    socket_.non_blocking(true, ignored);
    socket_.write_some(asio::buffer(*frame), ignored);
  }
}

void FramedStream::break_off(Error error) {
  if (!is_open()) {
    return;  // our own close aborted the operation
  }
  const bool peer_left_as_asked = is_closing_;
  const OnClosed on_closed = std::move(on_closed_);
  close();
  if (on_closed && !peer_left_as_asked) {
    // Posted: the caller of send() must not find itself within its own callback.
    asio::post(executor(), [on_closed, error = std::move(error)] { on_closed(error); });
  }
}

}  // namespace tarama::transport
