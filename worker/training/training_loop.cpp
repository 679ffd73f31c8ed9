// Epochs, batches, evaluations, checkpoints, in the order that resuming repeats.
#include "worker/training/training_loop.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/classification_metrics.hpp"
#include "core/training/predictions.hpp"
#include "core/training/run_length.hpp"
#include "core/training/shuffle.hpp"
#include "worker/training/evaluation_sums.hpp"
#include "worker/training/kept_predictions.hpp"
#include "worker/training/resume_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tarama::training {
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

/// Moves the weights of the best epoch out of a state's arrays.
ModelWeights take_best_weights(std::map<std::string, NamedArray>& arrays) {
  ModelWeights weights;
  for (auto& [name, array] : arrays) {
    if (name.starts_with(best_prefix)) {
      weights.emplace(name.substr(best_prefix.size()), std::move(array));
    }
  }
  return weights;
}

/// What became of an evaluation.
enum class Evaluated { whole, interrupted };

struct Evaluation {
  EvalRow row;
  std::vector<std::int32_t> classes;  // predicted, in the order of the split
};

/// A step that the learner has and that is not collected yet: what its row needs of the batch.
struct StepUnderWay {
  std::int64_t step = 0;
  std::vector<std::int32_t> labels;
  std::int64_t tokens = 0;
};

/// The loop's memory is the rows so far: every decision is read off them.
class TrainingLoop {
 public:
  TrainingLoop(TrainJob job, Learner& learner, TrainObserver& observer)
      : job_(std::move(job)),
        learner_(learner),
        observer_(observer),
        per_epoch_(steps_per_epoch(job_.data->train.examples(), job_.training.batch_size)),
        all_steps_(job_.training.epochs * per_epoch_) {}

  TrainEnd run();

 private:
  void resume_from(TrainerState state);
  void enqueue_steps();
  void enqueue_step(std::int64_t step);
  void collect_step();
  void collect_all();
  void note_divergence(const StepRow& row);
  [[nodiscard]] Evaluated evaluate_epoch();
  [[nodiscard]] Evaluated evaluate_test();
  /// nullopt: it was to stop before the last batch.
  [[nodiscard]] std::optional<Evaluation> evaluate(const TokenizedSplit& split, Split name) const;
  void take(const Evaluation& evaluation);
  void drop_classes_not_kept();
  [[nodiscard]] TrainerState state() const;
  void save_checkpoint();
  [[nodiscard]] TrainEnd stop();
  [[nodiscard]] TrainEnd succeed();
  [[nodiscard]] TrainEnd diverge() const;

  [[nodiscard]] std::int64_t steps_done() const { return static_cast<std::int64_t>(steps_.size()); }

  /// Whether the epoch that just ended has no evaluation yet: true as well when a run goes on
  /// from a checkpoint between an epoch's last step and its evaluation.
  [[nodiscard]] bool is_evaluation_due() const {
    return static_cast<std::int64_t>(evals_.size()) < steps_done() / per_epoch_;
  }

  TrainJob job_;
  Learner& learner_;
  TrainObserver& observer_;
  std::int64_t per_epoch_;
  std::int64_t all_steps_;
  std::vector<StepRow> steps_;
  std::vector<EvalRow> evals_;            // test included, which comes last
  std::vector<Predictions> predictions_;  // of those of them whose classes are kept
  std::deque<StepUnderWay> under_way_;    // the oldest first, all of one epoch
  std::vector<std::int64_t> order_;
  std::int64_t order_epoch_ = 0;              // the epoch that order_ is of; 0: none
  std::optional<std::string> divergence_;     // why the run cannot go on
  std::optional<ModelWeights> best_weights_;  // with `take: best` alone
};

TrainEnd TrainingLoop::run() {
  if (job_.resume) {
    resume_from(*std::exchange(job_.resume, std::nullopt));
  }
  while (!divergence_) {
    // No step is under way here if an evaluation is due: none is begun past an epoch's end.
    if (is_evaluation_due()) {
      if (evaluate_epoch() == Evaluated::interrupted) {
        return stop();
      }
      if (!divergence_ && observer_.wants_checkpoint(/*is_epoch_end=*/true)) {
        save_checkpoint();
      }
      continue;
    }
    if (steps_done() == all_steps_) {
      return evaluate_test() == Evaluated::interrupted ? stop() : succeed();
    }
    enqueue_steps();
    collect_step();
    if (divergence_) {
      break;
    }
    if (observer_.should_stop()) {
      return stop();
    }
    if (observer_.wants_checkpoint(/*is_epoch_end=*/false)) {
      save_checkpoint();
    }
  }
  return diverge();
}

void TrainingLoop::resume_from(TrainerState state) {
  if (const auto why = misfit_of_rows(job_, state)) {
    throw std::invalid_argument(*why);
  }
  learner_.restore(state.arrays, state.steps_done);
  steps_ = std::move(state.steps);
  evals_ = std::move(state.evals);
  predictions_ = std::move(state.predictions);
  drop_classes_not_kept();
  if (best_epoch_of(evals_, job_.metric)) {
    best_weights_ = take_best_weights(state.arrays);
  }
}

void TrainingLoop::enqueue_steps() {
  const std::int64_t epoch_end = (steps_done() / per_epoch_ + 1) * per_epoch_;
  const std::int64_t past_last = std::min(epoch_end, steps_done() + learner_.lag() + 1);
  for (auto step = steps_done() + static_cast<std::int64_t>(under_way_.size()); step < past_last;
       ++step) {
    enqueue_step(step);
  }
}

void TrainingLoop::enqueue_step(std::int64_t step) {
  const std::int64_t epoch = step / per_epoch_ + 1;
  if (order_epoch_ != epoch) {
    order_ = shuffled_order(job_.data->train.examples(), job_.seed, epoch);
    order_epoch_ = epoch;
  }
  const std::int64_t first = step % per_epoch_ * job_.training.batch_size;
  const std::int64_t count =
      std::min(job_.training.batch_size, job_.data->train.examples() - first);
  const auto examples =
      std::span(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  PackedBatch batch = pack(job_.data->train, examples);
  under_way_.push_back({step, batch.labels, batch.tokens()});
  learner_.enqueue(std::move(batch), step);
}

void TrainingLoop::collect_step() {
  const StepOutcome outcome = learner_.collect();
  const StepUnderWay& begun = under_way_.front();
  TARAMA_ASSERT(outcome.step == begun.step, "a learner gives its steps in their order");
  const StepRow row{.step = begun.step,
                    .epoch = begun.step / per_epoch_ + 1,
                    .lr = learner_.lr_at(begun.step),
                    .loss = outcome.batch.loss,
                    .flat_accuracy = flat_accuracy(outcome.batch.classes, begun.labels),
                    .examples = static_cast<std::int64_t>(begun.labels.size()),
                    .tokens = begun.tokens,
                    .at = now_in_milliseconds()};
  under_way_.pop_front();
  steps_.push_back(row);
  observer_.on_step(row);
  note_divergence(row);
}

/// Until the model is what the rows say; a divergence on the way ends it.
void TrainingLoop::collect_all() {
  while (!under_way_.empty() && !divergence_) {
    collect_step();
  }
}

void TrainingLoop::note_divergence(const StepRow& row) {
  if (std::isfinite(row.loss)) {
    return;
  }
  divergence_ = fmt::format(
      "the loss became {} at step {} (epoch {}, lr {}); a lower lr, a longer warm-up or a smaller "
      "max_grad_norm may keep it finite",
      row.loss,
      row.step,
      row.epoch,
      row.lr);
}

Evaluated TrainingLoop::evaluate_epoch() {
  const auto evaluated = evaluate(job_.data->eval, Split::eval);
  if (!evaluated) {
    return Evaluated::interrupted;
  }
  const EvalRow& row = evaluated->row;
  if (!std::isfinite(row.loss)) {
    // The last update spoilt the weights: the next step would find it, if there is one.
    divergence_ = fmt::format("the evaluation loss became {} after step {} (epoch {}, lr {})",
                              row.loss,
                              row.step,
                              row.epoch,
                              steps_.back().lr);
    return Evaluated::whole;
  }
  take(*evaluated);
  if (best_epoch_of(evals_, job_.metric) == row.epoch) {
    best_weights_ = learner_.weights();
  }
  return Evaluated::whole;
}

Evaluated TrainingLoop::evaluate_test() {
  const bool is_done = !evals_.empty() && evals_.back().split == Split::test;
  if (job_.data->test.examples() > 0 && !is_done) {
    const auto evaluated = evaluate(job_.data->test, Split::test);
    if (!evaluated) {
      return Evaluated::interrupted;
    }
    take(*evaluated);
  }
  return Evaluated::whole;
}

void TrainingLoop::take(const Evaluation& evaluation) {
  const EvalRow& row = evaluation.row;
  evals_.push_back(row);
  observer_.on_eval(row);
  if (keeps_classes(job_, evals_, row.epoch, row.split)) {
    predictions_.push_back({.epoch = row.epoch,
                            .split = row.split,
                            .classes = coded_classes(evaluation.classes, job_.config.classes)});
    drop_classes_not_kept();
  }
}

void TrainingLoop::drop_classes_not_kept() {
  std::erase_if(predictions_, [this](const Predictions& of) {
    return !keeps_classes(job_, evals_, of.epoch, of.split);
  });
}

/// As far ahead as the learner allows, so that a GPU has the next batch when it is done with one.
std::optional<Evaluation> TrainingLoop::evaluate(const TokenizedSplit& split, Split name) const {
  TARAMA_ASSERT(under_way_.empty(), "an evaluation sees the model behind its epoch's last step");
  EvaluationSums sums(job_.config.classes);
  std::deque<std::vector<std::int32_t>> begun;  // the labels of each batch
  const auto collect = [&] {
    sums.add(learner_.collect_evaluation(), begun.front());
    begun.pop_front();
  };
  bool is_interrupted = false;
  for (std::int64_t first = 0; first < split.examples() && !is_interrupted;
       first += job_.training.batch_size) {
    const std::int64_t count = std::min(job_.training.batch_size, split.examples() - first);
    const PackedBatch batch = pack_in_order(split, first, count);
    learner_.enqueue_evaluation(batch);
    begun.push_back(batch.labels);
    if (std::ssize(begun) > learner_.lag()) {
      collect();
    }
    // The last batch decides nothing more: its evaluation is done.
    is_interrupted = first + count < split.examples() && observer_.should_stop();
  }
  while (!begun.empty()) {
    collect();
  }
  if (is_interrupted) {
    return std::nullopt;
  }
  EvalRow row = sums.row();
  row.epoch = steps_done() / per_epoch_;
  row.split = name;
  row.step = steps_done() - 1;
  return Evaluation{.row = row, .classes = sums.classes()};
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
  state.predictions = predictions_;
  return state;
}

/// None if the run turns out to have diverged: nobody could go on from it.
void TrainingLoop::save_checkpoint() {
  collect_all();
  if (!divergence_) {
    observer_.save_checkpoint(state());
  }
}

TrainEnd TrainingLoop::stop() {
  save_checkpoint();
  return divergence_ ? diverge() : ended(TrainEnd::Kind::stopped);
}

TrainEnd TrainingLoop::diverge() const {
  TrainEnd end = ended(TrainEnd::Kind::failed);
  end.failure = FailureClass::diverged;
  end.message = *divergence_;
  return end;
}

TrainEnd TrainingLoop::succeed() {
  // Only now is it sure which epoch the metric takes; and so the attempt that succeeds says them
  // all, whatever became of earlier ones.
  for (const Predictions& predictions : predictions_) {
    observer_.on_predictions(predictions);
  }
  TrainEnd end = ended(TrainEnd::Kind::succeeded);
  if (job_.wants_weights) {
    end.weights = best_weights_ ? std::move(*best_weights_) : learner_.weights();
  }
  return end;
}

}  // namespace

TrainEnd run_training(TrainJob job, Learner& learner, TrainObserver& observer) {
  return TrainingLoop(std::move(job), learner, observer).run();
}

}  // namespace tarama::training
