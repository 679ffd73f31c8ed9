// What one attempt has to say while nobody hears it, on disk (protocol/spool.hpp): appended to
// while there is no orchestrator, read again when there is one, removed when everything is stored.
#pragma once

#include "core/sweep/result.hpp"
#include "protocol/messages.hpp"
#include "protocol/spool.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace tarama {

/// Of one attempt: the rows of 16 million steps, weeks of a fast run. Beyond it the attempt waits.
inline constexpr std::int64_t spool_limit = std::int64_t{1} << 30;

/// Used by one thread at a time. Not synced: a power cut ends the worker too, and what it takes is
/// trained again.
class Spool {
 public:
  /// `folder` is made with the first message.
  Spool(std::filesystem::path folder, const protocol::SpoolName& name);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  Spool(Spool&&) = delete;
  Spool& operator=(Spool&&) = delete;

  /// `disk_full` where there is no room on the disk or in the limit, else `io`: nothing of the
  /// message is in the file then.
  [[nodiscard]] Result<void> append(const protocol::Message& message);

  [[nodiscard]] bool is_empty() const { return bytes_ == 0; }

  /// Reads from the beginning again.
  void rewind();

  /// The next message that was not read since the last rewind; nullopt: none.
  [[nodiscard]] std::optional<protocol::Message> next();

  [[nodiscard]] bool has_unread() const { return messages_read_ < messages_; }

  /// Everything in it is stored elsewhere.
  void remove();

 private:
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> write(const std::vector<std::byte>& bytes);

  std::filesystem::path path_;
  int file_ = -1;
  std::int64_t bytes_ = 0;
  std::int64_t messages_ = 0;
  std::int64_t messages_read_ = 0;
  std::optional<protocol::SpoolReader> reader_;
};

}  // namespace tarama
