// The loop of a run: epochs, shuffled batches, evaluations, checkpoints, and the end. Decides
// what comes next from the rows so far, so that a resumed run does what the first one would have
// done; the learner does the numbers.
#pragma once

#include "worker/training/learner.hpp"
#include "worker/training/trainer.hpp"

namespace tarama::training {

/// Trains from job.resume, or from the start, to the end, a stop, or a divergence. `learner` is
/// made of the job and fresh; as many steps as its lag allows are under way at once, and none
/// when the model is read: a checkpoint or a stop collects them first, and so comes that many
/// steps after it was asked for. The observer hears of every step in its order, and of none
/// behind one whose loss is not finite. The state to resume from is let go once it is restored.
/// Throws what the learner and the observer throw, and std::invalid_argument if job.resume is not
/// a state of this run.
[[nodiscard]] TrainEnd run_training(TrainJob job, Learner& learner, TrainObserver& observer);

}  // namespace tarama::training
