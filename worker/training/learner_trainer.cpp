// From a job to its learner, and from exceptions to ends.
#include "worker/training/learner_trainer.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/run_length.hpp"
#include "worker/training/data_check.hpp"
#include "worker/training/data_extent.hpp"
#include "worker/training/device_failure.hpp"
#include "worker/training/resume_check.hpp"
#include "worker/training/training_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

namespace tarama::training {
namespace {

// 64 MiB of weights from scratch: three seeds of a model of 2 layers of 128 with BERT's vocabulary,
// which take a quarter of a second each to draw.
constexpr std::int64_t most_elements_kept = std::int64_t{16} << 20;

std::int64_t elements_of(const ModelWeights& weights) {
  std::int64_t elements = 0;
  for (const auto& [name, array] : weights) {
    elements += static_cast<std::int64_t>(array.values.size());
  }
  return elements;
}

std::optional<std::string> misfit_of_data(const TrainJob& job) {
  const TokenizedData& data = *job.data;
  if (data.train.examples() == 0 || data.eval.examples() == 0) {
    return fmt::format(
        "{} examples to train on and {} to evaluate on; expected at least one of each",
        data.train.examples(),
        data.eval.examples());
  }
  for (const TokenizedSplit* const split : {&data.train, &data.eval, &data.test}) {
    if (auto why = training::misfit(*split, job.config)) {
      return why;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> LearnerTrainer::misfit(const TrainJob& job,
                                                  const TrainerState& state) const {
  return training::misfit(
      job, state, [&](const Parameter& parameter) { return state_shape(job, parameter); });
}

std::vector<std::int64_t> LearnerTrainer::state_shape(const TrainJob& /*job*/,
                                                      const Parameter& parameter) const {
  return parameter.shape;
}

TrainEnd LearnerTrainer::train(TrainJob job, TrainObserver& observer) {
  try {
    return train_once(std::move(job), observer);
  } catch (const std::exception& error) {
    return end_of(error);
  }
}

TrainEnd LearnerTrainer::train_once(TrainJob job, TrainObserver& observer) {
  if (const auto why = misfit_of_data(job)) {
    return failed_end(FailureClass::bad_data, *why);
  }
  const std::int64_t steps =
      steps_of_run(job.data->train.examples(), job.training.batch_size, job.training.epochs);
  if (job.resume) {
    if (const auto why = misfit(job, *job.resume)) {
      throw std::invalid_argument(*why);
    }
  }
  std::shared_ptr<const ModelWeights> weights;
  if (job.weights == nullptr) {
    weights = weights_from_scratch(job.config, job.seed);
  } else {
    auto complete = complete_weights(job.config, *std::exchange(job.weights, nullptr), job.seed);
    if (!complete) {
      return failed_end(FailureClass::bad_data, complete.error().message);
    }
    weights = std::make_shared<const ModelWeights>(std::move(*complete));
  }
  const TokenizedSplit* const splits[] = {&job.data->train, &job.data->eval, &job.data->test};
  auto learner = make_learner({.config = job.config,
                               .training = job.training,
                               .schedule = schedule_of(job.training, steps),
                               .seed = job.seed,
                               .pieces = pieces_in(splits),
                               .longest_batch = longest_batch(splits, job.training.batch_size)},
                              *weights);
  weights.reset();  // the learner has its own
  const std::string note = learner->note();
  if (!note.empty()) {
    observer.on_note(note);
  }
  TrainEnd end = run_training(std::move(job), *learner, observer);
  end.note = learner->note();  // a state that it went on from may have changed it
  if (end.note != note) {
    observer.on_note(end.note);
  }
  // Of one that failed it is not known what is left in its memory.
  if (end.kind != TrainEnd::Kind::failed) {
    keep_learner(std::move(learner));
  }
  return end;
}

void LearnerTrainer::keep_learner(std::unique_ptr<Learner> learner) {
  learner.reset();
}

std::shared_ptr<const ModelWeights> LearnerTrainer::weights_from_scratch(const ModelConfig& config,
                                                                         std::int64_t seed) {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find_if(from_scratch_, [&](const FromScratch& entry) {
    return entry.config == config && entry.seed == seed;
  });
  if (known != from_scratch_.end()) {
    from_scratch_.splice(from_scratch_.begin(), from_scratch_, known);
    return known->weights;
  }
  auto weights = std::make_shared<const ModelWeights>(initial_weights(config, seed));
  from_scratch_.push_front({config, seed, weights});
  std::int64_t elements = 0;
  for (auto entry = from_scratch_.begin(); entry != from_scratch_.end();) {
    elements += elements_of(*entry->weights);
    entry = elements > most_elements_kept ? from_scratch_.erase(entry) : std::next(entry);
  }
  return weights;
}

TrainEnd LearnerTrainer::end_of(const std::exception& error) const {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return failed_end(
        FailureClass::out_of_memory,
        "the machine has no memory left; fewer workers or a smaller batch_size need less");
  }
  return failed_end(device_failure_in(error.what()).value_or(FailureClass::exited), error.what());
}

}  // namespace tarama::training
