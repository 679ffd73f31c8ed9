// A run that begins as a shorter one has the bits of one that trained alone: rows, weights and
// predicted classes, over a chain of three lengths. Every schedule by which
// core/training/trajectory finds a common beginning.
#include "tests/support/small_jobs.hpp"
#include "worker/packed/packed_trainer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>
#include <optional>
#include <vector>

namespace tarama::test {
namespace {

using testing::SizeIs;

TrainJob job_of(std::int64_t epochs, Schedule schedule, TTotal t_total, Take take) {
  TrainJob job = small_job(Norm::post);
  job.training.epochs = epochs;
  job.training.warmup = 0;
  job.training.schedule = schedule;
  job.training.t_total = t_total;
  job.metric.take = take;
  job.keep_predictions = KeepPredictions::chosen;
  return job;
}

/// The state behind the last evaluation and before that of `test`.
RecordingObserver observer_at_the_end_of(const TrainJob& job) {
  RecordingObserver observer;
  observer.checkpoint_after_epochs = {job.training.epochs};
  return observer;
}

void expect_a_chain_to_equal_runs_alone(Schedule schedule, TTotal t_total, Take take) {
  const auto trainer = make_packed_trainer();
  std::optional<TrainerState> state;
  for (const std::int64_t epochs : {1, 2, 4}) {
    TrainJob job = job_of(epochs, schedule, t_total, take);
    RecordingObserver alone = observer_at_the_end_of(job);
    const TrainEnd whole = trainer->train(job, alone);
    ASSERT_EQ(whole.kind, TrainEnd::Kind::succeeded) << whole.message;

    job.resume = state;
    if (state) {
      ASSERT_EQ(trainer->misfit(job, *state), std::nullopt);
    }
    RecordingObserver shared = observer_at_the_end_of(job);
    const TrainEnd end = trainer->train(job, shared);

    EXPECT_EQ(end.weights, whole.weights) << epochs;
    EXPECT_EQ(shared.predictions, alone.predictions) << epochs;
    ASSERT_THAT(shared.checkpoints, SizeIs(1));
    EXPECT_EQ(shared.checkpoints[0].arrays, alone.checkpoints[0].arrays);
    EXPECT_EQ(shared.checkpoints[0].evals, alone.checkpoints[0].evals);
    std::vector<StepRow> rows = shared.checkpoints[0].steps;
    std::ranges::transform(rows, rows.begin(), timeless);
    EXPECT_EQ(rows, alone.steps) << epochs;
    state = shared.checkpoints[0];
  }
}

TEST(SharedBeginning, IsThatOfARunAlone) {
  expect_a_chain_to_equal_runs_alone(Schedule::warmup_linear, TTotal::none, Take::last);
  expect_a_chain_to_equal_runs_alone(Schedule::none, TTotal::steps_of_run, Take::last);
  expect_a_chain_to_equal_runs_alone(Schedule::warmup_constant, TTotal::steps_of_run, Take::last);
}

TEST(SharedBeginning, CarriesTheBestWeightsAlong) {
  expect_a_chain_to_equal_runs_alone(Schedule::none, TTotal::steps_of_run, Take::best);
}

}  // namespace
}  // namespace tarama::test
