// When a checkpoint is worth its time. Pure: time is a parameter.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <chrono>
#include <optional>

namespace tarama {

/// At an epoch's end, and within an epoch so rarely that checkpoints take at most 1 % of the
/// time. The cost of the next one is taken to be that of the last one, which was measured.
class CheckpointPolicy {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Moment { mid_epoch, epoch_end };

  /// With `keep` none: never (a stop saves one without asking). `started`: when training began.
  CheckpointPolicy(KeepCheckpoints keep, TimePoint started) : keep_(keep), last_(started) {}

  /// Yes starts the clock: gathering what a checkpoint holds is part of its cost.
  [[nodiscard]] bool is_due(Moment moment, TimePoint now);
  /// The checkpoint that was due is on disk.
  void written(TimePoint now);
  /// It could not be written. That may have been quick; the next try waits no less for it.
  void failed(TimePoint now);

 private:
  KeepCheckpoints keep_;
  TimePoint last_;  // the end of the last checkpoint, written or not, or the start
  // Before the first is measured: about what a small model takes with its two syncs. So runs of
  // less than 200 ms write none, and a large model's first is the only one to come too early.
  std::chrono::steady_clock::duration cost_ = std::chrono::milliseconds(10);
  std::optional<TimePoint> began_;  // when the one that is being made became due
};

}  // namespace tarama
