// A trainer that trains by a learner: it checks the job, completes the weights, runs the loop, and
// turns exceptions into ends. What is left to a kind of learner is to be made.
#pragma once

#include "core/training/architecture.hpp"
#include "worker/training/learner.hpp"
#include "worker/training/trainer.hpp"

#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

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

  /// Takes the learner of a run that has got through or was stopped: its memory may serve the next.
  /// By default it goes.
  virtual void keep_learner(std::unique_ptr<Learner> learner);

  /// The shape of a parameter and of its moments in a state of such a job: by default their own. A
  /// learner may keep less of them where the rest follows from the job.
  [[nodiscard]] virtual std::vector<std::int64_t> state_shape(const TrainJob& job,
                                                              const Parameter& parameter) const;

  /// What an exception, of the learner or of anything else in the run, means.
  [[nodiscard]] virtual TrainEnd end_of(const std::exception& error) const;

 private:
  [[nodiscard]] TrainEnd train_once(TrainJob job, TrainObserver& observer);
  /// From scratch: the runs of a sweep mostly share a model and a few seeds.
  [[nodiscard]] std::shared_ptr<const ModelWeights> weights_from_scratch(const ModelConfig& config,
                                                                         std::int64_t seed);

  struct FromScratch {
    ModelConfig config;
    std::int64_t seed = 0;
    std::shared_ptr<const ModelWeights> weights;
  };

  std::mutex mutex_;                     // of the next
  std::list<FromScratch> from_scratch_;  // the last used first
};

}  // namespace tarama::training
