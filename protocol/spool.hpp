// What an attempt reported while no orchestrator was there to hear it: a file of messages, each
// with a checksum, which its worker writes (worker/agent/spool.hpp) and sends again, or the next
// orchestrator reads where the worker is gone. Here are its name and its bytes.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace tarama::protocol {

/// Whose reports a spool holds.
struct SpoolName {
  std::string session;  // of the worker
  RunId run{};
  Attempt attempt{};

  friend bool operator==(const SpoolName&, const SpoolName&) = default;
};

/// "SESSION.RUN.ATTEMPT.spool"
[[nodiscard]] std::string file_name_of(const SpoolName& name);
/// nullopt: the name of no spool.
[[nodiscard]] std::optional<SpoolName> spool_name_in(const std::string& file_name);

/// What stands before the first record.
[[nodiscard]] std::vector<std::byte> spool_head();
/// A message as a record: 4 bytes length of the frame, 32 bytes checksum of it, the frame.
/// `invalid_argument` if the message is longer than a frame may be.
[[nodiscard]] Result<std::vector<std::byte>> spool_record(const Message& message);

/// Reads a spool from its beginning, a message at a time. A process may have been killed within a
/// record: what is torn or damaged ends the spool, and everything before it is sound.
class SpoolReader {
 public:
  /// `io`: the file cannot be opened. One that is no spool has no messages, with the problem.
  [[nodiscard]] static Result<SpoolReader> open(const std::filesystem::path& path);

  /// nullopt: no more.
  [[nodiscard]] std::optional<Message> next();

  /// Why the spool ends before its file does; empty: it does not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  explicit SpoolReader(std::ifstream file) : file_(std::move(file)) {}

  /// Whether there were as many bytes.
  [[nodiscard]] bool read(std::vector<std::byte>& bytes);
  [[nodiscard]] std::optional<Message> stop(std::string problem);

  std::ifstream file_;
  std::string problem_;
  bool is_over_ = false;
  std::int64_t records_ = 0;
};

}  // namespace tarama::protocol
