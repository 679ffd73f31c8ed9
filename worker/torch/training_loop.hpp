// The loop of a run: epochs, shuffled batches, evaluations, checkpoints, and the end. Decides
// what comes next from the rows so far, so that a resumed run does what the first one would have
// done; the learner does the numbers. No LibTorch.
#pragma once

#include "worker/torch/bert_learner.hpp"
#include "worker/training/trainer.hpp"

namespace tarama::torch_trainer {

/// Trains from job.resume, or from the start, to the end, a stop, or a divergence. `learner` is
/// made of the job and fresh. Throws what the learner and the observer throw, and
/// std::invalid_argument if job.resume is not a state of this run.
[[nodiscard]] TrainEnd run_training(const TrainJob& job,
                                    BertLearner& learner,
                                    TrainObserver& observer);

}  // namespace tarama::torch_trainer
