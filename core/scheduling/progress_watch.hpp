// Whether an attempt still gets on, by the signs of progress that its worker's beats carry. A step
// of a large model may take minutes, an endless loop takes for ever: the attempt's own pace tells
// them apart. Pure: time is a parameter.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tarama {

/// No sign of progress for so long is a hang whatever the pace: nothing that a trainer does in one
/// piece (compiling kernels, reading 10 GB from a cold disk, saving a model) was seen to take half.
inline constexpr std::chrono::minutes least_patience{10};

/// Nor do steps of one run differ by so much: the longest text against the shortest makes 10.
inline constexpr int patience_in_steps = 50;

class ProgressWatch {
 public:
  explicit ProgressWatch(std::chrono::milliseconds now = {}) : last_sign_(now), first_step_(now) {}

  /// The worker's counts, which only rise; what is not higher than before is no sign.
  constexpr void told(std::int64_t signs, std::int64_t steps, std::chrono::milliseconds now) {
    if (signs > signs_) {
      signs_ = signs;
      last_sign_ = now;
    }
    if (steps > steps_) {
      if (first_steps_ == 0) {
        first_steps_ = steps;
        first_step_ = now;
      }
      steps_ = steps;
      last_step_ = now;
    }
  }

  /// Nobody could have been told anything until now.
  constexpr void excuse(std::chrono::milliseconds now) { last_sign_ = now; }

  /// What a step took on average, so far; 0: unknown.
  [[nodiscard]] constexpr std::chrono::milliseconds step_time() const {
    const std::int64_t steps = steps_ - first_steps_;
    return steps > 0 ? (last_step_ - first_step_) / steps : std::chrono::milliseconds{0};
  }

  /// How long it may go without a sign.
  [[nodiscard]] constexpr std::chrono::milliseconds patience() const {
    return std::max<std::chrono::milliseconds>(least_patience, patience_in_steps * step_time());
  }

  [[nodiscard]] constexpr bool is_hung(std::chrono::milliseconds now) const {
    return now - last_sign_ > patience();
  }

  [[nodiscard]] constexpr std::chrono::milliseconds silence(std::chrono::milliseconds now) const {
    return now - last_sign_;
  }

 private:
  std::int64_t signs_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t first_steps_ = 0;  // at the first beat with any
  std::chrono::milliseconds last_sign_;
  std::chrono::milliseconds first_step_;
  std::chrono::milliseconds last_step_{};
};

}  // namespace tarama
