// The seam between the loop of a run and what does its numbers: one run's model and optimizer.
// Batches go in, losses and predicted classes come out, on a GPU some steps later.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "core/training/lr_schedule.hpp"
#include "core/training/model_config.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::training {

/// What a learner is made of, beside its weights.
struct LearnerSpec {
  ModelConfig config;
  TrainingSettings training;
  LrSchedule schedule;
  std::int64_t seed = 1;  // of the dropout masks
  /// Of the data that batches come from: the word pieces in them, ascending, and the lengths of the
  /// longest examples, as many as the largest batch has. No batch holds more.
  std::vector<std::int32_t> pieces;
  std::vector<std::int32_t> longest_batch;
};

/// What the model said about a batch.
struct BatchOutcome {
  double loss = 0;                    // mean over the batch
  std::vector<std::int32_t> classes;  // the likeliest of each example
};

/// A batch that was learnt, as the model saw it before the update.
struct StepOutcome {
  std::int64_t step = 0;
  BatchOutcome batch;
};

/// For one thread. Every function may throw; after that the learner is of no use. What reads the
/// model (`evaluate`, `weights`, `arrays`) is called with no step uncollected.
class Learner {
 public:
  virtual ~Learner() = default;

  /// Begins the update number `step`, which counts up by one, and may return before its numbers
  /// are known; `batch` is the learner's, so that it may be read until then. An update whose loss
  /// is not finite need not happen: nothing is asked of the learner behind it.
  virtual void enqueue(PackedBatch batch, std::int64_t step) = 0;

  /// The oldest step that was enqueued and not collected; waits for it.
  [[nodiscard]] virtual StepOutcome collect() = 0;

  /// How many more steps may be enqueued before the oldest is collected; 0 where a step is done
  /// when `enqueue` returns.
  [[nodiscard]] virtual std::int64_t lag() const = 0;

  /// Without dropout, without an update, and in float32 under any precision.
  [[nodiscard]] virtual BatchOutcome evaluate(const PackedBatch& batch) = 0;

  /// The same for batch after batch: begins one, and may return before its numbers are known. At
  /// most lag() + 1 are not collected, and nothing else is asked of the learner in between.
  virtual void enqueue_evaluation(const PackedBatch& batch) {
    evaluated_.push_back(evaluate(batch));
  }

  /// The oldest of them; waits for it.
  [[nodiscard]] virtual BatchOutcome collect_evaluation() {
    BatchOutcome oldest = std::move(evaluated_.front());
    evaluated_.pop_front();
    return oldest;
  }

  /// The rate of the update number `step`.
  [[nodiscard]] virtual double lr_at(std::int64_t step) const = 0;

  /// What is to be said of results beside their numbers; most often nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }

  [[nodiscard]] virtual ModelWeights weights() = 0;

  /// All that `restore` needs beside the number of updates and what the learner was made of: the
  /// parameters and moments "parameter/NAME", "next_m/NAME", "next_v/NAME", in the shapes that its
  /// trainer names (LearnerTrainer::state_shape).
  [[nodiscard]] virtual std::map<std::string, NamedArray> arrays() = 0;

  /// Before the first step, of a learner made of the same. Throws std::invalid_argument if an array
  /// is missing or has another shape; more of them are ignored.
  virtual void restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) = 0;

 private:
  std::deque<BatchOutcome> evaluated_;  // of a learner that evaluates at once
};

}  // namespace tarama::training
