// When a checkpoint is worth its time. Pure: time is a parameter.
#pragma once

#include "core/sweep_spec.hpp"

#include <chrono>

namespace tarama {

/// At an epoch's end, and within an epoch so rarely that checkpoints take at most 1 % of the
/// time. The cost of the next one is taken to be that of the last one, which was measured.
class CheckpointPolicy {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Moment { mid_epoch, epoch_end };

  /// With `keep` none: never (a stop saves one without asking). `started`: when training began.
  CheckpointPolicy(KeepCheckpoints keep, TimePoint started) : keep_(keep), last_(started) {}

  [[nodiscard]] bool is_due(Moment moment, TimePoint now) const;
  /// A checkpoint was written, or the attempt to write it failed, between these times.
  void saved(TimePoint began, TimePoint ended);

 private:
  KeepCheckpoints keep_;
  TimePoint last_;  // the end of the last checkpoint, or the start
  // Before the first is measured: about what a small model takes with its two syncs. So runs of
  // less than 200 ms write none, and a large model's first is the only one to come too early.
  std::chrono::steady_clock::duration cost_ = std::chrono::milliseconds(10);
};

}  // namespace tarama
