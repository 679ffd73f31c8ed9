// Epochs, batches, evaluations, checkpoints, in the order that resuming repeats.
#include "worker/torch/training_loop.hpp"

#include "core/training/classification_metrics.hpp"
#include "core/training/run_length.hpp"
#include "core/training/shuffle.hpp"
#include "worker/torch/resume_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tarama::torch_trainer {
namespace {

std::int64_t now_in_milliseconds() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

TrainEnd ended(TrainEnd::Kind kind) {
  TrainEnd end;
  end.kind = kind;
  return end;
}

ModelWeights best_weights_in(const std::map<std::string, NamedArray>& arrays) {
  ModelWeights weights;
  for (const auto& [name, array] : arrays) {
    if (name.starts_with(best_prefix)) {
      weights.emplace(name.substr(best_prefix.size()), array);
    }
  }
  return weights;
}

/// What became of an evaluation.
enum class Evaluated { whole, interrupted };

/// The loop's memory is the rows so far: every decision is read off them.
class TrainingLoop {
 public:
  TrainingLoop(const TrainJob& job, BertLearner& learner, TrainObserver& observer)
      : job_(job),
        learner_(learner),
        observer_(observer),
        per_epoch_(steps_per_epoch(job.data->train.examples(), job.training.batch_size)),
        all_steps_(job.training.epochs * per_epoch_) {}

  TrainEnd run();

 private:
  void resume_from(const TrainerState& state);
  void take_step();
  [[nodiscard]] Evaluated evaluate_epoch();
  [[nodiscard]] Evaluated evaluate_test();
  /// nullopt: it was to stop before the last batch.
  [[nodiscard]] std::optional<EvalRow> evaluate(const TokenizedSplit& split, Split name) const;
  [[nodiscard]] TrainerState state() const;
  [[nodiscard]] TrainEnd stop();
  [[nodiscard]] TrainEnd succeed();
  [[nodiscard]] TrainEnd diverge() const;

  [[nodiscard]] std::int64_t steps_done() const { return static_cast<std::int64_t>(steps_.size()); }

  /// Whether the epoch that just ended has no evaluation yet: true as well when a run goes on
  /// from a checkpoint between an epoch's last step and its evaluation.
  [[nodiscard]] bool is_evaluation_due() const {
    return static_cast<std::int64_t>(evals_.size()) < steps_done() / per_epoch_;
  }

  const TrainJob& job_;
  BertLearner& learner_;
  TrainObserver& observer_;
  std::int64_t per_epoch_;
  std::int64_t all_steps_;
  std::vector<StepRow> steps_;
  std::vector<EvalRow> evals_;  // test included, which comes last
  std::vector<std::int64_t> order_;
  std::int64_t order_epoch_ = 0;              // the epoch that order_ is of; 0: none
  std::optional<std::string> divergence_;     // why the run cannot go on
  std::optional<ModelWeights> best_weights_;  // with `take: best` alone
};

TrainEnd TrainingLoop::run() {
  if (job_.resume) {
    resume_from(*job_.resume);
  }
  while (!divergence_) {
    if (is_evaluation_due()) {
      if (evaluate_epoch() == Evaluated::interrupted) {
        return stop();
      }
      if (!divergence_ && observer_.wants_checkpoint(/*is_epoch_end=*/true)) {
        observer_.save_checkpoint(state());
      }
      continue;
    }
    if (steps_done() == all_steps_) {
      return evaluate_test() == Evaluated::interrupted ? stop() : succeed();
    }
    take_step();
    if (divergence_) {
      break;
    }
    if (observer_.should_stop()) {
      return stop();
    }
    if (observer_.wants_checkpoint(/*is_epoch_end=*/false)) {
      observer_.save_checkpoint(state());
    }
  }
  return diverge();
}

void TrainingLoop::resume_from(const TrainerState& state) {
  if (const auto why = misfit(job_, state)) {
    throw std::invalid_argument(*why);
  }
  learner_.restore(state.arrays, state.steps_done);
  steps_ = state.steps;
  evals_ = state.evals;
  if (best_epoch_of(evals_, job_.metric)) {
    best_weights_ = best_weights_in(state.arrays);
  }
}

void TrainingLoop::take_step() {
  const std::int64_t step = steps_done();
  const std::int64_t epoch = step / per_epoch_ + 1;
  if (order_epoch_ != epoch) {
    order_ = shuffled_order(job_.data->train.examples(), job_.seed, epoch);
    order_epoch_ = epoch;
  }
  const std::int64_t first = step % per_epoch_ * job_.training.batch_size;
  const std::int64_t count =
      std::min(job_.training.batch_size, job_.data->train.examples() - first);
  const Batch batch = make_batch(
      job_.data->train,
      std::span(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
  const BatchOutcome outcome = learner_.learn(batch, step);
  const StepRow row{
      .step = step,
      .epoch = epoch,
      .lr = learner_.lr_at(step),
      .loss = outcome.loss,
      .flat_accuracy = flat_accuracy(outcome.logits, batch.labels, job_.config.classes),
      .examples = batch.examples,
      .tokens = batch.tokens,
      .at = now_in_milliseconds()};
  steps_.push_back(row);
  observer_.on_step(row);
  if (!std::isfinite(row.loss)) {
    divergence_ = fmt::format(
        "the loss became {} at step {} (epoch {}, lr {}); a lower lr, a longer warm-up or a "
        "smaller max_grad_norm may keep it finite",
        row.loss,
        row.step,
        row.epoch,
        row.lr);
  }
}

Evaluated TrainingLoop::evaluate_epoch() {
  const auto evaluated = evaluate(job_.data->eval, Split::eval);
  if (!evaluated) {
    return Evaluated::interrupted;
  }
  const EvalRow& row = *evaluated;
  if (!std::isfinite(row.loss)) {
    // The last update spoilt the weights: the next step would find it, if there is one.
    divergence_ = fmt::format("the evaluation loss became {} after step {} (epoch {}, lr {})",
                              row.loss,
                              row.step,
                              row.epoch,
                              steps_.back().lr);
    return Evaluated::whole;
  }
  evals_.push_back(row);
  observer_.on_eval(row);
  if (best_epoch_of(evals_, job_.metric) == row.epoch) {
    best_weights_ = learner_.weights();
  }
  return Evaluated::whole;
}

Evaluated TrainingLoop::evaluate_test() {
  const bool is_done = !evals_.empty() && evals_.back().split == Split::test;
  if (job_.data->test.examples() > 0 && !is_done) {
    const auto row = evaluate(job_.data->test, Split::test);
    if (!row) {
      return Evaluated::interrupted;
    }
    evals_.push_back(*row);
    observer_.on_eval(*row);
  }
  return Evaluated::whole;
}

std::optional<EvalRow> TrainingLoop::evaluate(const TokenizedSplit& split, Split name) const {
  ConfusionMatrix matrix(job_.config.classes);
  const auto classes = static_cast<std::size_t>(job_.config.classes);
  double loss_sum = 0;
  double accuracy_sum = 0;
  std::int64_t batches = 0;
  for (std::int64_t first = 0; first < split.examples(); first += job_.training.batch_size) {
    const std::int64_t count = std::min(job_.training.batch_size, split.examples() - first);
    const Batch batch = make_batch_in_order(split, first, count);
    const BatchOutcome outcome = learner_.evaluate(batch);
    loss_sum += outcome.loss * static_cast<double>(count);
    accuracy_sum += flat_accuracy(outcome.logits, batch.labels, job_.config.classes);
    ++batches;
    // The last batch decides nothing more: its evaluation is done.
    if (first + count < split.examples() && observer_.should_stop()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      matrix.add(batch.labels[i], argmax(std::span(outcome.logits).subspan(i * classes, classes)));
    }
  }
  const ClassificationMetrics metrics = metrics_of(matrix);
  return EvalRow{.epoch = steps_done() / per_epoch_,
                 .split = name,
                 .step = steps_done() - 1,
                 .loss = loss_sum / static_cast<double>(split.examples()),
                 .flat_accuracy = metrics.flat_accuracy,
                 .batch_mean_flat_accuracy = accuracy_sum / static_cast<double>(batches),
                 .mcc = metrics.mcc,
                 .macro_f1 = metrics.macro_f1,
                 .majority_accuracy = metrics.majority_accuracy,
                 .examples = split.examples()};
}

TrainerState TrainingLoop::state() const {
  TrainerState state;
  state.steps_done = steps_done();
  state.arrays = learner_.arrays();
  if (best_weights_) {
    for (const auto& [name, array] : *best_weights_) {
      state.arrays.emplace(best_prefix + name, array);
    }
    const auto epoch = static_cast<float>(best_epoch_of(evals_, job_.metric).value());
    state.arrays.emplace(best_epoch, NamedArray{.shape = {}, .values = {epoch}});
  }
  state.steps = steps_;
  state.evals = evals_;
  return state;
}

TrainEnd TrainingLoop::stop() {
  observer_.save_checkpoint(state());
  return ended(TrainEnd::Kind::stopped);
}

TrainEnd TrainingLoop::diverge() const {
  TrainEnd end = ended(TrainEnd::Kind::failed);
  end.failure = FailureClass::diverged;
  end.message = *divergence_;
  return end;
}

TrainEnd TrainingLoop::succeed() {
  TrainEnd end = ended(TrainEnd::Kind::succeeded);
  if (job_.wants_weights) {
    end.weights = best_weights_ ? std::move(*best_weights_) : learner_.weights();
  }
  return end;
}

}  // namespace

TrainEnd run_training(const TrainJob& job, BertLearner& learner, TrainObserver& observer) {
  return TrainingLoop(job, learner, observer).run();
}

}  // namespace tarama::torch_trainer
