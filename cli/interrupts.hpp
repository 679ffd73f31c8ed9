// Ctrl-C and requests to end, as something that a loop can wait for: while an Interrupts lives,
// SIGINT, SIGTERM and SIGHUP are counted and end nothing by themselves. One that the process was
// started to ignore (`nohup`, a job in the background) stays ignored.
#pragma once

#include <chrono>

namespace tarama::cli {

/// At most one at a time in a process; `wait` is for one thread. Children started meanwhile begin
/// with the default actions, since exec drops handlers.
class Interrupts {
 public:
  Interrupts();
  /// Puts back what was there before.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Returns at the next signal, when woken, or after `limit`.
  void wait(std::chrono::milliseconds limit);
  /// For any thread.
  static void wake();

  /// Signals since this was made.
  [[nodiscard]] int count() const;
  /// The newest one; 0 before the first.
  [[nodiscard]] int last_signal() const;
};

}  // namespace tarama::cli
