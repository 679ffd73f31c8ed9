// Whether a sweep's first runs all fail alike before any has got through: a module that the script
// lacks, a wrong argument, a metric that it calls otherwise. Then all others would fail so too, and
// the sweep waits as a whole. Kept in memory alone, one for a sweep. Pure.
#pragma once

#include "core/scheduling/device_health.hpp"
#include "core/sweep/run_state.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace tarama::scheduling {

/// Of so many runs in a row nobody takes it for bad values: a sweep has them, but seldom first, and
/// rarely with the same words. A whole sweep of fewer runs is over as soon.
inline constexpr std::int64_t most_failures_alike = 10;
/// Stands in the reason of that pause, and of no other.
inline constexpr std::string_view failed_alike = "failed alike before any succeeded";

/// What may be the setup's doing. That memory runs out or a loss becomes NaN is a level's own, a
/// dead process may be its device's, and time is no reason for others.
[[nodiscard]] constexpr bool may_be_of_all_runs(FailureClass failure) {
  return failure == FailureClass::program_error || failure == FailureClass::bad_data ||
         failure == FailureClass::exited;
}

class AlikeFailures {
 public:
  /// A run is over, failed for good. Whether the sweep is to wait.
  [[nodiscard]] bool failed(FailureClass failure, const std::string& message) {
    if (!is_asked_ || !may_be_of_all_runs(failure)) {
      return false;
    }
    const std::string words = without_numbers(message);
    const bool is_alike = count_ > 0 && failure == failure_ && words == words_;
    count_ = is_alike ? count_ + 1 : 1;
    failure_ = failure;
    words_ = words;
    return count_ >= most_failures_alike;
  }

  /// A run has got through, or somebody has said that it is to go on whatever fails.
  void never_again() { is_asked_ = false; }

  /// They are tried once more.
  void begin_anew() { count_ = 0; }

  [[nodiscard]] std::int64_t count() const { return count_; }

  /// Until some runs try again; longer each time. Whoever mends it need not be there to say so.
  [[nodiscard]] std::chrono::milliseconds next_rest() {
    const std::size_t turn = std::min(rests_, quarantine_waits.size() - 1);
    ++rests_;
    return quarantine_waits[turn];
  }

 private:
  /// Values of parameters, lines and times are others in each run.
  static std::string without_numbers(const std::string& message) {
    std::string words;
    std::ranges::copy_if(message, std::back_inserter(words), [](char letter) {
      return !(letter >= '0' && letter <= '9') && letter != '.' && letter != '-';
    });
    return words;
  }

  bool is_asked_ = true;
  std::int64_t count_ = 0;
  FailureClass failure_ = FailureClass::exited;
  std::string words_;
  std::size_t rests_ = 0;
};

}  // namespace tarama::scheduling
