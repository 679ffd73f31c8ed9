// The peers that are no workers: as many as the limit of open files allows, each with one request
// at a time, and none that says nothing for long. So whoever connects costs little, whatever it
// does.
#pragma once

#include "transport/framed_stream.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>

namespace tarama::orchestrator {

/// A client says its request within milliseconds of connecting; a worker that has just been
/// started, on a machine at its limits, its Hello within seconds.
inline constexpr std::chrono::milliseconds patience_with_silence{30'000};

/// On the loop's thread. Times are time awake.
class Clients {
 public:
  using Stream = std::shared_ptr<transport::FramedStream>;

  /// `most`: at once; those that wait for an answer count as well.
  explicit Clients(std::size_t most);
  ~Clients();  // closes all
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Takes a stream that is not started yet. Where there are too many, the one that has been silent
  /// for longest goes; the new one, where all the others wait for answers.
  [[nodiscard]] bool take(const Stream& stream, std::chrono::milliseconds now);

  /// It has said something whole, and is owed an answer: nothing more is read from it meanwhile.
  void asked(const Stream& stream);
  void answered(const Stream& stream, std::chrono::milliseconds now);

  /// Closes all: they need not wait for an answer that does not come.
  void hang_up();

  /// It is no client, or is gone.
  void let_go(const Stream& stream);

  /// Hangs up on those that owe us a word for too long; a frame that trickles is no word.
  void tick(std::chrono::milliseconds now);

  [[nodiscard]] std::size_t count() const { return silent_since_.size(); }

 private:
  /// Since when nothing was heard, or that it waits for us.
  struct Silence {
    std::chrono::milliseconds since{};
    bool is_waiting_for_us = false;
  };

  std::size_t most_;
  std::shared_ptr<transport::ReadBudget> budget_;
  std::map<Stream, Silence> silent_since_;
};

/// Half of the files that this process may open: workers, logs and the store need the others.
[[nodiscard]] std::size_t most_clients();

}  // namespace tarama::orchestrator
