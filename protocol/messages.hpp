// The messages between orchestrator, workers and CLI, and their bytes. Bounds-checked both ways,
// versioned, no sockets. docs/PROTOCOL.md lists the layout; peers are not trusted to be sane.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/run_state.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tarama::protocol {

inline constexpr std::uint16_t version = 2;

/// A frame's body is at most this long: a sweep of 100,000 runs fits, a length read from
/// garbage does not make us allocate gigabytes.
inline constexpr std::size_t max_frame_bytes = std::size_t{64} << 20;

// worker -> orchestrator
struct Hello {
  std::string token;  // given at start, so that only our own workers join
  WorkerId worker;
  std::int64_t pid = 0;
  std::string device;   // "cpu:0", "cuda:1"
  std::string trainer;  // "torch", "fake"
  std::int64_t slots = 1;

  friend bool operator==(const Hello&, const Hello&) = default;
};

struct Started {
  RunId run;
  Attempt attempt;
  std::int64_t first_step = 0;

  friend bool operator==(const Started&, const Started&) = default;
};

struct Metrics {
  RunId run;
  Attempt attempt;
  std::int64_t batch = 0;  // rising per attempt; acknowledged by number
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;

  friend bool operator==(const Metrics&, const Metrics&) = default;
};

struct Finished {
  RunId run;
  Attempt attempt;
  AttemptEnd end = AttemptEnd::succeeded;
  FailureClass failure = FailureClass::exited;
  std::string message;
  double train_seconds = 0;

  friend bool operator==(const Finished&, const Finished&) = default;
};

struct Beat {
  friend bool operator==(const Beat&, const Beat&) = default;
};

// orchestrator -> worker
struct Welcome {
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

struct Assign {
  std::string job;  // JobSpec as JSON

  friend bool operator==(const Assign&, const Assign&) = default;
};

struct MetricsStored {
  RunId run;
  Attempt attempt;
  std::int64_t batch = 0;

  friend bool operator==(const MetricsStored&, const MetricsStored&) = default;
};

struct Stop {
  RunId run;
  Attempt attempt;
  StopCause cause = StopCause::cancelled;

  friend bool operator==(const Stop&, const Stop&) = default;
};

struct Shutdown {
  friend bool operator==(const Shutdown&, const Shutdown&) = default;
};

// CLI <-> orchestrator; documents as CLI.md describes them
struct Request {
  std::string json;

  friend bool operator==(const Request&, const Request&) = default;
};

struct Reply {
  std::string json;

  friend bool operator==(const Reply&, const Reply&) = default;
};

using Message = std::variant<Hello,
                             Started,
                             Metrics,
                             Finished,
                             Beat,
                             Welcome,
                             Assign,
                             MetricsStored,
                             Stop,
                             Shutdown,
                             Request,
                             Reply>;

/// The whole frame: header and body. `invalid_argument` if the body would be longer than
/// max_frame_bytes.
[[nodiscard]] Result<std::vector<std::byte>> encode(const Message& message);

/// The frame header: 4 bytes body length, 2 bytes version, 2 bytes type, little-endian.
inline constexpr std::size_t header_bytes = 8;

struct FrameHeader {
  std::uint32_t body_bytes = 0;
  std::uint16_t version = 0;
  std::uint16_t type = 0;
};

/// `bytes` are header_bytes long. `corrupt`: another version, an unknown type, a body that is too
/// long.
[[nodiscard]] Result<FrameHeader> decode_header(std::span<const std::byte> bytes);
/// `corrupt`, with the message, the field and the byte, unless `body` is exactly one message.
[[nodiscard]] Result<Message> decode_body(const FrameHeader& header,
                                          std::span<const std::byte> body);

/// The messages and their fields in the order of the wire, as the table of docs/PROTOCOL.md.
[[nodiscard]] std::string layout_as_markdown();

}  // namespace tarama::protocol
