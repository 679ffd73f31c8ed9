// The seam between the agent, which knows the orchestrator and the disk, and a trainer, which
// knows neither. Behind it stand worker/fake, and by learner_trainer.hpp all that train by a
// learner.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "core/training/model_config.hpp"
#include "core/training/predictions.hpp"
#include "core/training/tokenized_data.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama {

/// Everything that a trainer needs to go on after `steps_done` steps. The arrays are the
/// trainer's own affair; the agent stores them as they are.
struct TrainerState {
  std::int64_t steps_done = 0;  // optimizer updates applied
  std::map<std::string, NamedArray> arrays;
  /// Rows so far, so that a resumed attempt can send again what the store does not have.
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  /// What job.keep_predictions asks for so far: nobody could make it again.
  std::vector<Predictions> predictions{};
  /// Trainer::arithmetic of what has computed it. Set and compared by the agent: bits of another
  /// arithmetic are not gone on from.
  std::string arithmetic{};

  friend bool operator==(const TrainerState&, const TrainerState&) = default;
};

/// One attempt of one run. Data and weights are shared with other runs and never written.
struct TrainJob {
  TrainingSettings training;
  std::string learner{};  // as the level's row names it: "packed", "torch", "fake"
  std::int64_t seed = 1;
  Metric metric;               // says which epoch's weights are the run's model
  bool wants_weights = false;  // whether TrainEnd::weights is asked for
  KeepPredictions keep_predictions = KeepPredictions::none;
  ModelConfig config;
  std::shared_ptr<const TokenizedData> data;
  std::shared_ptr<const ModelWeights> weights;  // null: from scratch
  std::optional<TrainerState> resume;           // go on from here
  std::int64_t attempt = 1;
};

/// What the trainer tells while it trains; called from the thread that runs `train`.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;

  /// What the run's log is to say of how it is computed, before the first step.
  virtual void on_note(const std::string& /*note*/) {}

  virtual void on_step(const StepRow& row) = 0;
  virtual void on_eval(const EvalRow& row) = 0;
  /// At the end of a run that succeeds, once for each evaluation whose classes are kept, those of
  /// earlier attempts included; `test` comes last.
  virtual void on_predictions(const Predictions& predictions) = 0;
  /// Asked after each step, and after the evaluation that ends an epoch: is it time for a
  /// checkpoint? If so the trainer calls `save_checkpoint` before the next step.
  [[nodiscard]] virtual bool wants_checkpoint(bool is_epoch_end) = 0;
  virtual void save_checkpoint(TrainerState state) = 0;
  /// Asked after each step and after each batch of an evaluation: end the attempt here
  /// (cancelled, paused, orchestrator gone)? The trainer then saves a checkpoint and returns
  /// `stopped`.
  [[nodiscard]] virtual bool should_stop() = 0;
};

/// How an attempt ended.
struct TrainEnd {
  enum class Kind { succeeded, stopped, failed };

  Kind kind = Kind::succeeded;
  /// Of `failed`. `device_error`: the process must not go on; it ends once that is reported.
  FailureClass failure = FailureClass::exited;
  std::string message;   // of `failed`: for a person
  ModelWeights weights;  // of `succeeded`, if asked for: of the epoch that the metric takes
  /// What the results are to say of how they were computed; most often nothing.
  std::string note{};
};

[[nodiscard]] inline TrainEnd failed_end(FailureClass failure, std::string message) {
  return {.kind = TrainEnd::Kind::failed,
          .failure = failure,
          .message = std::move(message),
          .weights = {}};
}

class Trainer {
 public:
  virtual ~Trainer() = default;
  /// What the program is: "torch" (core/sweep/learner_choice.hpp) or "fake".
  [[nodiscard]] virtual std::string_view kind() const = 0;

  /// All that the job's bits depend on and that may change between two attempts of it, for people
  /// to read: learner and numerics, library, processor, threads. Empty: nothing.
  [[nodiscard]] virtual std::string arithmetic(const TrainJob& /*job*/) const { return {}; }

  /// Why a state cannot be `job.resume` although its rows are sound: nullopt if it can.
  [[nodiscard]] virtual std::optional<std::string> misfit(const TrainJob& /*job*/,
                                                          const TrainerState& /*state*/) const {
    return std::nullopt;
  }

  /// Trains until the end, a stop, or a failure; never throws. The job is the trainer's own: what
  /// it resumed from need not stay in memory. Calls on several threads are several runs beside
  /// each other; no state of one call reaches another.
  [[nodiscard]] virtual TrainEnd train(TrainJob job, TrainObserver& observer) = 0;

  /// Frees what is kept for the next run, for another trainer is to have the memory. Any thread.
  virtual void let_go() {}

  /// Class probabilities of every example of `split`, [examples, classes], row-major. Throws
  /// std::exception with words for a person where the model or the examples do not fit.
  [[nodiscard]] virtual std::vector<float> predict(const ModelConfig& config,
                                                   const ModelWeights& weights,
                                                   const TokenizedSplit& split) = 0;
};

}  // namespace tarama
