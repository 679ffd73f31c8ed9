// Messages over one connected local socket, both ways: reads frames and hands them on, writes
// queued messages in order. Knows bytes and messages, not what they mean.
#pragma once

#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tarama::transport {

/// Two of the largest frames: a peer that stopped to read must not eat our memory.
inline constexpr std::size_t default_queue_limit = 2 * protocol::max_frame_bytes;

/// How many bytes of unfinished frames all streams that share it may hold together: a few peers
/// that begin the longest of frames must not eat our memory.
class ReadBudget {
 public:
  explicit ReadBudget(std::size_t bytes) : left_(bytes) {}

  /// Whether there were as many left; they are taken then.
  [[nodiscard]] bool take(std::size_t bytes);

  void give_back(std::size_t bytes) { left_ += bytes; }

  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

/// All calls, and all callbacks, on the thread that runs the socket's io_context. A pending
/// operation keeps the stream alive; callbacks are dropped once `on_closed` was called.
class FramedStream : public std::enable_shared_from_this<FramedStream> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using OnMessage = std::function<void(protocol::Message)>;
  /// Why the stream ended: `io` (the peer left, or the socket failed), `corrupt` (the peer sent
  /// what does not decode), `refused` (it does not read what we send, or speaks another version).
  using OnClosed = std::function<void(const Error&)>;

  [[nodiscard]] static std::shared_ptr<FramedStream> create(
      Socket socket, std::size_t queue_limit = default_queue_limit);

  ~FramedStream();
  FramedStream(const FramedStream&) = delete;
  FramedStream& operator=(const FramedStream&) = delete;

  /// Begins to read. `on_closed` comes at most once, and never from within a call of ours; after
  /// `close()` it does not come at all.
  void start(OnMessage on_message, OnClosed on_closed);

  /// From now on what a frame of more than a few pages takes is taken from `budget`; a frame that
  /// finds too little left ends the stream as `refused`. nullptr: no bound but that of a frame.
  void read_within(std::shared_ptr<ReadBudget> budget);

  /// Reads nothing behind the message at hand until `go_on_reading`: what the peer sends meanwhile
  /// stays in the socket, and its end is not noticed either.
  void hold_reading() { is_held_ = true; }

  /// Reads again, once what is queued for the peer is written: whoever does not take answers is
  /// asked for no more questions.
  void go_on_reading();

  /// Queues the message behind those before it. On a stream that ended the message is dropped
  /// without a word: `on_closed` tells. An error means that the message itself is too long;
  /// the stream goes on.
  Result<void> send(const protocol::Message& message);

  /// Ends the stream once everything queued is written. Nothing more is read.
  void close_when_written();
  /// Ends the stream now, without calling anybody.
  void close();

  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }

  [[nodiscard]] boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  /// The protocol version of the peer's last frame; ours before the first. A Reply goes out in
  /// this one, so that a peer of another version can read it.
  [[nodiscard]] std::uint16_t peer_version() const { return peer_version_; }

 private:
  FramedStream(Socket socket, std::size_t queue_limit);

  void read_header();
  void read_body(const protocol::FrameHeader& header);
  void take_message(const protocol::FrameHeader& header);
  void read_on_if_free();
  void let_go_of_body();
  void give_back();
  void write_next();
  void drop_writes();
  void break_off(Error error);
  void turn_away(const Error& error);

  Socket socket_;
  std::size_t queue_limit_;
  OnMessage on_message_;
  OnClosed on_closed_;
  std::array<std::byte, protocol::header_bytes> header_{};
  std::vector<std::byte> body_;  // grows as bytes come, never by what a header promises
  std::shared_ptr<ReadBudget> budget_;
  std::size_t taken_from_budget_ = 0;
  std::deque<std::vector<std::byte>> queue_;  // the first one is being written
  std::size_t queued_bytes_ = 0;
  std::uint16_t peer_version_ = protocol::version;
  bool is_closing_ = false;
  bool is_held_ = false;
  bool is_free_when_written_ = false;
  bool is_waiting_to_read_ = false;  // held, with nothing being read
  bool peer_has_left_ = false;       // it takes nothing more; there may be something left to read
};

}  // namespace tarama::transport
