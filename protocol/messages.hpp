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

/// Of everything but the frame header, Request and Reply: those are frozen for good, so that any
/// two versions can at least tell each other so.
inline constexpr std::uint16_t version = 4;

/// A frame's body is at most this long: a sweep of 100,000 runs fits, a length read from
/// garbage does not make us allocate gigabytes.
inline constexpr std::size_t max_frame_bytes = std::size_t{64} << 20;

/// An attempt that a worker holds when it connects: not over, or over without a word that its end
/// is stored.
struct AttemptAtHand {
  RunId run{};
  Attempt attempt{};
  std::int64_t first_step = not_started;
  std::int64_t running_ms = 0;  // since it started
  RunId from_run{};             // as in Started
  std::int64_t from_step = 0;

  static constexpr std::int64_t not_started = -1;

  friend bool operator==(const AttemptAtHand&, const AttemptAtHand&) = default;
};

/// How far an attempt is, by its worker's count: both only rise.
struct AttemptProgress {
  RunId run{};
  Attempt attempt{};
  std::int64_t signs = 0;       // steps, batches of an evaluation, texts tokenized, files saved
  std::int64_t steps = 0;       // that it trained itself
  std::int64_t trained_ms = 0;  // since it started, awake; waiting for the disk is no training

  friend bool operator==(const AttemptProgress&, const AttemptProgress&) = default;
};

// worker -> orchestrator
struct Hello {
  std::string session;     // the worker's identity, which outlives process and stream
  std::string token;       // given at its start, so that only our own workers join
  std::int64_t slots = 1;  // attempts at once; 0: as many as it is given
  std::vector<AttemptAtHand> attempts{};  // none but after a stream that broke

  friend bool operator==(const Hello&, const Hello&) = default;
};

struct Started {
  RunId run;
  Attempt attempt;
  std::int64_t first_step = 0;
  RunId from_run{};            // whose kept state it goes on from; 0: none, or its own
  std::int64_t from_step = 0;  // the steps that that run had trained

  friend bool operator==(const Started&, const Started&) = default;
};

struct Metrics {
  RunId run{};
  Attempt attempt{};
  std::int64_t batch = 0;  // rising per attempt; acknowledged by number
  std::vector<StepRow> steps{};
  std::vector<EvalRow> evals{};
  std::vector<ReportedRow> reported{};  // of a program
  double train_seconds = 0;             // of the attempt so far, awake
  Attempt reported_by{};  // 0: this one; or an earlier one, whose worker was killed meanwhile

  friend bool operator==(const Metrics&, const Metrics&) = default;
};

/// The predicted classes of one evaluation, and what they are held against. An attempt that
/// succeeds sends all that its run keeps, before it says so.
struct Predictions {
  RunId run{};
  Attempt attempt{};
  std::int64_t epoch = 0;
  Split split = Split::eval;
  std::string classes{};  // bytes of core/training/predictions.hpp
  std::string labels{};   // of the split's examples, likewise
  std::string names{};    // of the classes: a JSON array of texts

  friend bool operator==(const Predictions&, const Predictions&) = default;
};

struct Finished {
  RunId run{};
  Attempt attempt{};
  AttemptEnd end = AttemptEnd::succeeded;
  FailureClass failure = FailureClass::exited;
  std::string message{};
  double train_seconds = 0;

  friend bool operator==(const Finished&, const Finished&) = default;
};

/// Sent by a thread that training cannot block.
struct Beat {
  std::vector<AttemptProgress> attempts{};

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

/// After a Hello with this attempt: it goes on as the same. Of the rows from its first step on,
/// those of the steps below `steps` are stored; everything else is to be sent again.
struct Adopted {
  RunId run;
  Attempt attempt;
  std::int64_t steps = 0;

  friend bool operator==(const Adopted&, const Adopted&) = default;
};

/// Nobody waits for this attempt any more: it is to end, and what it has to say is to be forgotten.
struct Dropped {
  RunId run;
  Attempt attempt;

  friend bool operator==(const Dropped&, const Dropped&) = default;
};

/// The attempt's end is committed, and with it everything that was reported before.
struct FinishedStored {
  RunId run;
  Attempt attempt;

  friend bool operator==(const FinishedStored&, const FinishedStored&) = default;
};

struct Stop {
  RunId run;
  Attempt attempt;
  StopCause cause = StopCause::cancelled;

  friend bool operator==(const Stop&, const Stop&) = default;
};

/// The sweep's limit is another one from now on; 0: it has none.
struct TimeLimit {
  RunId run;
  Attempt attempt;
  std::int64_t milliseconds = 0;

  friend bool operator==(const TimeLimit&, const TimeLimit&) = default;
};

struct Shutdown {
  friend bool operator==(const Shutdown&, const Shutdown&) = default;
};

// CLI <-> orchestrator; documents as CLI.md describes them. Frozen: of any version, these two are
// read and written like this.
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
                             Reply,
                             Predictions,
                             Adopted,
                             Dropped,
                             FinishedStored,
                             TimeLimit>;

/// The whole frame: header and body. `invalid_argument` if the body would be longer than
/// max_frame_bytes. `in_version`: of the header, for a Reply to a peer of another version.
[[nodiscard]] Result<std::vector<std::byte>> encode(const Message& message,
                                                    std::uint16_t in_version = version);

/// The frame header: 4 bytes body length, 2 bytes version, 2 bytes type, little-endian. Frozen.
inline constexpr std::size_t header_bytes = 8;

struct FrameHeader {
  std::uint32_t body_bytes = 0;
  std::uint16_t version = 0;
  std::uint16_t type = 0;

  /// Whether the body can be read: of our version, or frozen.
  [[nodiscard]] bool is_readable() const;
};

/// `bytes` are header_bytes long. `corrupt`: an unknown type of our version, a body that is too
/// long. A header of another version is read, whatever its type: see FrameHeader::is_readable.
[[nodiscard]] Result<FrameHeader> decode_header(std::span<const std::byte> bytes);
/// `corrupt`, with the message, the field and the byte, unless `body` is exactly one message;
/// `refused`, with both versions, if the header is not readable.
[[nodiscard]] Result<Message> decode_body(const FrameHeader& header,
                                          std::span<const std::byte> body);

/// The messages and their fields in the order of the wire, as the table of docs/PROTOCOL.md.
[[nodiscard]] std::string layout_as_markdown();

}  // namespace tarama::protocol
