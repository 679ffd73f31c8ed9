// The attempts that a worker holds: those that wait for a slot, those that train, and those that
// are over without a word that their end is stored.
#pragma once

#include "protocol/messages.hpp"
#include "worker/agent/attempt_session.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// For any thread. No lock of a session is taken under its own.
class HostedAttempts {
 public:
  using Sessions = std::vector<std::shared_ptr<AttemptSession>>;

  /// One that is held already stays as it is.
  void add(std::shared_ptr<AttemptSession> session);
  /// Blocks until one waits for a slot, or until `close`; null: closed, and none waits or none is
  /// to be begun.
  [[nodiscard]] std::shared_ptr<AttemptSession> take_waiting();

  enum class Waiting { still_taken, left_alone };

  /// Nothing more comes. What waits is taken still, to be answered, or left alone.
  void close(Waiting waiting);

  [[nodiscard]] Sessions all() const;
  /// Null: none of ours, or over.
  [[nodiscard]] std::shared_ptr<AttemptSession> find(RunId run, Attempt attempt) const;
  /// Forgets those that are over; whether none is left.
  bool forget_what_is_over();
  /// Every one has come to its end, stored or not.
  [[nodiscard]] bool have_finished() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Sessions sessions_;
  std::deque<std::shared_ptr<AttemptSession>> waiting_;  // those of them that nobody took yet
  std::optional<Waiting> closed_;
};

}  // namespace tarama
