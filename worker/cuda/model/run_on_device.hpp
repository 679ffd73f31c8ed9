// One run's work on a device: its streams, the batches on their way in, the outcomes on their way
// out, and a graph for each size of a batch's part. The host is never waited for within a step, and
// waits for one only where it collects it.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/cuda/device/device_memory.hpp"
#include "worker/cuda/model/batch_image.hpp"
#include "worker/cuda/model/bert_pass.hpp"
#include "worker/cuda/model/device_adam.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/training/learner.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tarama::cuda {

/// What a run asks of a device.
struct RunSpec {
  ModelConfig config;
  TrainingSettings training;
  std::int64_t seed = 1;
  std::vector<std::int32_t> longest_batch;  // as LearnerSpec's
};

/// Examples of a batch that are computed at a time, beginning with all of them: the most whose
/// buffers the device has memory for.
[[nodiscard]] std::vector<std::int64_t> part_sizes(std::int64_t examples);

class RunOnDevice {
 public:
  /// `plan` outlives it. `examples_at_a_time` is one of part_sizes. Throws OutOfDeviceMemory where
  /// there is no room, and is of no consequence then.
  RunOnDevice(Device& device,
              const RunSpec& spec,
              const packed::ModelPlan& plan,
              std::int64_t examples_at_a_time);
  ~RunOnDevice();
  RunOnDevice(const RunOnDevice&) = delete;
  RunOnDevice& operator=(const RunOnDevice&) = delete;

  /// More steps than one under way at once: what the host prepares hides behind them.
  static constexpr std::int64_t steps_under_way = 4;

  /// Begins an update; at most steps_under_way of them, or of judgements, are not collected.
  void learn(const training::PackedBatch& batch, std::int64_t step, double lr);
  /// The oldest outcome, of an update or a judgement; waits for it, while those behind it go on.
  [[nodiscard]] training::StepOutcome collect();

  /// Begins to evaluate a batch, with no update uncollected. Its outcome has no step.
  void judge(const training::PackedBatch& batch);
  /// [examples, classes].
  [[nodiscard]] std::vector<float> scores(const training::PackedBatch& batch);

  /// What a copy of parameters or moments, all of them by the plan, is read or written by. With no
  /// step uncollected.
  enum class Kind { values, next_m, next_v };
  void read(Kind kind, std::span<float> by_plan);
  void write(Kind kind, std::span<const float> by_plan);
  /// Behind writes: what products read is made anew, and no step has diverged.
  void was_written();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::cuda
