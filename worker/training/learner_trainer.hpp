// A trainer that trains by a learner: it checks the job, completes the weights, runs the loop, and
// turns exceptions into ends. What is left to a kind of learner is to be made.
#pragma once

#include "worker/training/learner.hpp"
#include "worker/training/trainer.hpp"

#include <exception>
#include <memory>

namespace tarama::training {

class LearnerTrainer : public Trainer {
 public:
  [[nodiscard]] std::optional<std::string> misfit(const TrainJob& job,
                                                  const TrainerState& state) const final;
  [[nodiscard]] TrainEnd train(TrainJob job, TrainObserver& observer) final;

 protected:
  /// On the thread that will train. `weights` holds every parameter in its shape. May throw.
  [[nodiscard]] virtual std::unique_ptr<Learner> make_learner(const LearnerSpec& spec,
                                                              const ModelWeights& weights) = 0;

  /// What an exception, of the learner or of anything else in the run, means.
  [[nodiscard]] virtual TrainEnd end_of(const std::exception& error) const;

 private:
  [[nodiscard]] TrainEnd train_once(TrainJob job, TrainObserver& observer);
};

}  // namespace tarama::training
