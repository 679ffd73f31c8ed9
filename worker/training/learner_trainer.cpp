// From a job to its learner, and from exceptions to ends.
#include "worker/training/learner_trainer.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/run_length.hpp"
#include "worker/training/data_check.hpp"
#include "worker/training/data_extent.hpp"
#include "worker/training/resume_check.hpp"
#include "worker/training/training_loop.hpp"

#include <fmt/format.h>

#include <new>
#include <utility>

namespace tarama::training {
namespace {

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
  return training::misfit(job, state);
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
  auto weights = complete_weights(job.config, std::exchange(job.weights, nullptr).get(), job.seed);
  if (!weights) {
    return failed_end(FailureClass::bad_data, weights.error().message);
  }
  const TokenizedSplit* const splits[] = {&job.data->train, &job.data->eval, &job.data->test};
  const auto learner =
      make_learner({.config = job.config,
                    .training = job.training,
                    .schedule = schedule_of(job.training, steps),
                    .seed = job.seed,
                    .pieces = pieces_in(splits),
                    .longest_batch = longest_batch(splits, job.training.batch_size)},
                   *weights);
  *weights = {};  // the learner has its own
  return run_training(std::move(job), *learner, observer);
}

TrainEnd LearnerTrainer::end_of(const std::exception& error) const {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return failed_end(
        FailureClass::out_of_memory,
        "the machine has no memory left; fewer workers or a smaller batch_size need less");
  }
  return failed_end(FailureClass::exited, error.what());
}

}  // namespace tarama::training
