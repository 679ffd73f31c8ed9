// Work that takes its time (tokenizing, probing, migrating), on a thread of its own, so that Ctrl-C
// need not wait for it.
#pragma once

#include "cli/context.hpp"
#include "cli/interrupts.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tarama::cli {

/// Its destruction waits for the work.
template <class T>
class SlowWork {
 public:
  explicit SlowWork(std::function<T(std::stop_token)> work)
      : result_(promise_.get_future()),
        thread_([this, work = std::move(work)](const std::stop_token& stop) {
          promise_.set_value(work(stop));
          Interrupts::wake();
        }) {}

  /// Whether it is done; false: another signal than the first `answered` ones came first.
  bool wait(Interrupts& interrupts, int answered = 0) {
    while (!is_done(std::chrono::milliseconds(0))) {
      if (interrupts.count() > answered) {
        return false;
      }
      interrupts.wait(std::chrono::seconds(1));  // woken when it is done
    }
    return true;
  }

  /// Tells it that nobody waits any more; whether it ends within `patience`.
  bool give_up(std::chrono::milliseconds patience) {
    thread_.request_stop();
    return is_done(patience);
  }

  [[nodiscard]] T get() { return result_.get(); }

 private:
  bool is_done(std::chrono::milliseconds patience) {
    return result_.wait_for(patience) == std::future_status::ready;
  }

  std::promise<T> promise_;
  std::future<T> result_;
  std::jthread thread_;
};

/// The work's result; nullopt: a signal came first, and the command is to end. Work that does not
/// notice is left, and with it the process: `clean_up` then removes what destructors would.
template <class T>
[[nodiscard]] std::optional<T> unless_interrupted(
    Interrupts& interrupts,
    std::function<T(std::stop_token)> work,
    const std::function<void()>& clean_up = [] {}) {
  constexpr std::chrono::milliseconds patience{500};  // to kill a probe; a person waits
  SlowWork<T> slow(std::move(work));
  if (slow.wait(interrupts)) {
    return slow.get();
  }
  if (!slow.give_up(patience)) {
    clean_up();
    _exit(static_cast<int>(ExitCode::interrupted));
  }
  return std::nullopt;
}

}  // namespace tarama::cli
