// The loop of a run with learners whose numbers come at once and with ones whose numbers come
// late: nobody outside may see a difference.
#include "worker/training/training_loop.hpp"

#include "core/statistics/metric_value.hpp"
#include "tests/unit/worker/training/lagging_learner.hpp"
#include "worker/training/resume_check.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>
#include <stdexcept>

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t all_steps = 18;

struct Outcome {
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  std::vector<Predictions> predictions;
  TrainEnd::Kind kind = TrainEnd::Kind::failed;
  ModelWeights weights;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const RecordingObserver& observer, TrainEnd end) {
  return {observer.steps, observer.evals, observer.predictions, end.kind, std::move(end.weights)};
}

TrainEnd train(const TrainJob& job, std::int64_t lag, RecordingObserver& observer) {
  LaggingLearner learner(job, lag);
  return training::run_training(job, learner, observer);
}

Outcome train_whole(const TrainJob& job, std::int64_t lag) {
  RecordingObserver observer;
  TrainEnd end = train(job, lag, observer);
  return outcome_of(observer, std::move(end));
}

/// Every state that the run can be in between two steps or evaluations, by a learner without lag.
std::vector<TrainerState> all_checkpoints(const TrainJob& job) {
  RecordingObserver observer;
  for (std::int64_t step = 1; step <= all_steps; ++step) {
    observer.checkpoint_after_steps.insert(step);
  }
  observer.checkpoint_after_epochs = {1, 2, 3};
  EXPECT_EQ(train(job, 0, observer).kind, TrainEnd::Kind::succeeded);
  return observer.checkpoints;
}

void drop_times(TrainerState& state) {
  std::ranges::transform(state.steps, state.steps.begin(), timeless);
}

void expect_states_of_the_run(std::vector<TrainerState> states, std::vector<TrainerState> all) {
  std::ranges::for_each(states, drop_times);
  std::ranges::for_each(all, drop_times);
  for (const TrainerState& state : states) {
    EXPECT_THAT(all, testing::Contains(state)) << state.steps_done << " steps";
  }
}

class AnyLag : public testing::TestWithParam<std::int64_t> {};

INSTANTIATE_TEST_SUITE_P(TrainingLoop, AnyLag, testing::Values(0, 1, 2, 5, 100));

TEST_P(AnyLag, GivesTheRowsTheEndAndTheModelOfALearnerWithoutLag) {
  const TrainJob job = toy_job();
  const Outcome expected = train_whole(job, 0);
  ASSERT_THAT(expected.steps, SizeIs(all_steps));
  ASSERT_THAT(expected.evals, SizeIs(4));
  ASSERT_EQ(expected.kind, TrainEnd::Kind::succeeded);

  EXPECT_EQ(train_whole(job, GetParam()), expected);
}

TEST_P(AnyLag, CheckpointsAreStatesThatARunWithoutLagGoesThrough) {
  const TrainJob job = toy_job();
  RecordingObserver observer;
  observer.checkpoint_after_steps = {2, 9, 17};
  observer.checkpoint_after_epochs = {1, 3};

  const TrainEnd end = train(job, GetParam(), observer);

  EXPECT_EQ(end.kind, TrainEnd::Kind::succeeded);
  ASSERT_THAT(observer.checkpoints, SizeIs(5));
  expect_states_of_the_run(observer.checkpoints, all_checkpoints(job));
  for (const std::size_t at_epoch_end : {1, 4}) {
    EXPECT_EQ(observer.checkpoints[at_epoch_end].steps_done % 6, 0);
  }
}

TEST_P(AnyLag, ARunResumedFromAnyCheckpointGoesOnAsIfNothingHadBeen) {
  const TrainJob job = toy_job();
  const Outcome whole = train_whole(job, 0);

  for (const TrainerState& state : all_checkpoints(job)) {
    SCOPED_TRACE(fmt::format("{} steps, {} evaluations", state.steps_done, state.evals.size()));
    TrainJob rest = job;
    rest.resume = state;
    Outcome resumed = train_whole(rest, GetParam());
    resumed.steps.insert(
        resumed.steps.begin(), whole.steps.begin(), whole.steps.begin() + state.steps_done);
    resumed.evals.insert(resumed.evals.begin(), state.evals.begin(), state.evals.end());
    EXPECT_EQ(resumed, whole);
  }
}

// Epochs that differ in what they predict and in how good it is.
TrainJob job_that_keeps(KeepPredictions keep, Take take) {
  TrainJob job = toy_job();
  job.keep_predictions = keep;
  job.metric.take = take;
  return job;
}

using Kept = std::pair<std::int64_t, Split>;

std::vector<Kept> kept_in(const std::vector<Predictions>& predictions) {
  std::vector<Kept> kept;
  for (const Predictions& of : predictions) {
    kept.emplace_back(of.epoch, of.split);
  }
  return kept;
}

/// Of a learner that keeps its parameters whole.
std::optional<std::string> misfit(const TrainJob& job, const TrainerState& state) {
  return training::misfit(job, state, [](const Parameter& parameter) { return parameter.shape; });
}

TEST(TrainingLoop, KeepsThePredictedClassesThatTheJobAsksFor) {
  const Outcome all = train_whole(job_that_keeps(KeepPredictions::all, Take::best), 0);
  const std::int64_t best = chosen_eval(all.evals, toy_job().metric)->epoch;
  ASSERT_LT(best, 3) << "or the best epoch is the last one";

  EXPECT_THAT(
      kept_in(all.predictions),
      ElementsAre(
          Kept(1, Split::eval), Kept(2, Split::eval), Kept(3, Split::eval), Kept(3, Split::test)));
  EXPECT_THAT(
      kept_in(train_whole(job_that_keeps(KeepPredictions::chosen, Take::last), 0).predictions),
      ElementsAre(Kept(3, Split::eval), Kept(3, Split::test)));
  const Outcome chosen = train_whole(job_that_keeps(KeepPredictions::chosen, Take::best), 0);
  EXPECT_THAT(chosen.predictions,
              ElementsAre(all.predictions[static_cast<std::size_t>(best - 1)], all.predictions[3]));
  EXPECT_THAT(train_whole(job_that_keeps(KeepPredictions::none, Take::best), 0).predictions,
              IsEmpty());
}

TEST(TrainingLoop, ThePredictedClassesAreThoseOfTheEvaluation) {
  const TrainJob job = job_that_keeps(KeepPredictions::all, Take::best);
  const Outcome whole = train_whole(job, 0);

  ASSERT_THAT(whole.predictions, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const Predictions& of = whole.predictions[i];
    const TokenizedSplit& split = of.split == Split::eval ? job.data->eval : job.data->test;
    ASSERT_THAT(of.classes, SizeIs(split.labels.size()));
    double right = 0;
    for (std::size_t example = 0; example < split.labels.size(); ++example) {
      right += of.classes[example] == split.labels[example] ? 1 : 0;
    }
    EXPECT_EQ(right / static_cast<double>(split.examples()), whole.evals[i].flat_accuracy);
  }
}

TEST(TrainingLoop, ARunResumedFromAnyCheckpointHasThePredictionsOfAWholeOne) {
  for (const KeepPredictions keep : {KeepPredictions::all, KeepPredictions::chosen}) {
    for (const Take take : {Take::last, Take::best}) {
      const TrainJob job = job_that_keeps(keep, take);
      const Outcome whole = train_whole(job, 0);
      for (const TrainerState& state : all_checkpoints(job)) {
        SCOPED_TRACE(fmt::format("{} steps, {} evaluations", state.steps_done, state.evals.size()));
        TrainJob rest = job;
        rest.resume = state;
        EXPECT_EQ(train_whole(rest, 0).predictions, whole.predictions);
      }
    }
  }
}

// Behind the test there is nothing left to do but to say all.
TEST(TrainingLoop, ARunResumedBehindItsTestSaysItsPredictionsAgain) {
  const TrainJob job = toy_job();
  const Outcome whole = train_whole(job, 0);
  TrainJob rest = job;
  rest.resume = all_checkpoints(job).back();
  rest.resume->evals = whole.evals;
  rest.resume->predictions = whole.predictions;

  EXPECT_EQ(train_whole(rest, 0).predictions, whole.predictions);
}

TEST(TrainingLoop, WhereMoreIsKeptThanACheckpointHasItIsRefused) {
  const TrainerState state =
      all_checkpoints(job_that_keeps(KeepPredictions::none, Take::last)).at(8);
  ASSERT_EQ(state.evals.size(), 1U);

  EXPECT_EQ(misfit(job_that_keeps(KeepPredictions::chosen, Take::last), state), std::nullopt);
  EXPECT_EQ(
      misfit(job_that_keeps(KeepPredictions::all, Take::last), state),
      "the checkpoint lacks the predicted classes of epoch 1, which keep.predictions asks for");
}

TEST(TrainingLoop, WhatAChangedKeepNoLongerAsksForIsLetGo) {
  const TrainerState state =
      all_checkpoints(job_that_keeps(KeepPredictions::all, Take::last)).back();
  TrainJob rest = job_that_keeps(KeepPredictions::chosen, Take::last);
  rest.resume = state;

  EXPECT_THAT(kept_in(train_whole(rest, 0).predictions),
              ElementsAre(Kept(3, Split::eval), Kept(3, Split::test)));
}

TEST(TrainingLoop, ARunThatDoesNotSucceedSaysNoPredictions) {
  const TrainJob job = job_that_keeps(KeepPredictions::all, Take::last);
  RecordingObserver observer;
  observer.stop_after_steps = 15;

  EXPECT_EQ(train(job, 0, observer).kind, TrainEnd::Kind::stopped);
  EXPECT_THAT(observer.predictions, IsEmpty());
}

TEST_P(AnyLag, AStopCollectsWhatIsUnderWayAndSavesBehindIt) {
  const TrainJob job = toy_job();
  const Outcome whole = train_whole(job, 0);
  for (std::int64_t stop_after = 1; stop_after < all_steps; ++stop_after) {
    SCOPED_TRACE(fmt::format("stopped after {} steps", stop_after));
    RecordingObserver observer;
    observer.stop_after_steps = stop_after;

    const TrainEnd end = train(job, GetParam(), observer);

    EXPECT_EQ(end.kind, TrainEnd::Kind::stopped);
    ASSERT_THAT(observer.checkpoints, SizeIs(1));
    const std::int64_t steps_done = observer.checkpoints[0].steps_done;
    EXPECT_GE(steps_done, stop_after);
    EXPECT_LE(steps_done, stop_after + GetParam());
    EXPECT_EQ(observer.steps, std::vector(whole.steps.begin(), whole.steps.begin() + steps_done));
    expect_states_of_the_run(observer.checkpoints, all_checkpoints(job));
  }
}

TEST_P(AnyLag, EvaluatesAsFarAheadAsTheLearnerAllows) {
  const TrainJob job = toy_job();
  LaggingLearner learner(job, GetParam());
  RecordingObserver observer;

  static_cast<void>(training::run_training(job, learner, observer));

  constexpr std::int64_t batches = 3;
  EXPECT_EQ(learner.most_evaluated, std::min<std::int64_t>(GetParam() + 1, batches));
}

TEST_P(AnyLag, NoRowFollowsALossThatIsNotFinite) {
  const TrainJob job = toy_job();
  LaggingLearner learner(job, GetParam());
  learner.nan_at = 8;
  RecordingObserver observer;

  const TrainEnd end = training::run_training(job, learner, observer);

  EXPECT_EQ(end.kind, TrainEnd::Kind::failed);
  EXPECT_EQ(end.failure, FailureClass::diverged);
  EXPECT_THAT(end.message, HasSubstr("at step 8 (epoch 2, lr "));
  ASSERT_THAT(observer.steps, SizeIs(9));
  EXPECT_TRUE(std::isnan(observer.steps.back().loss));
  EXPECT_THAT(observer.evals, SizeIs(1));
}

// Asked for after step 7, found while steps 8 and 9 are collected for it.
TEST(TrainingLoop, ADivergenceFoundOnTheWayToACheckpointOrAStopIsTheEnd) {
  const TrainJob job = toy_job();
  for (const bool is_stop : {false, true}) {
    LaggingLearner learner(job, 2);
    learner.nan_at = 8;
    RecordingObserver observer;
    if (is_stop) {
      observer.stop_after_steps = 7;
    } else {
      observer.checkpoint_after_steps = {7};
    }

    const TrainEnd end = training::run_training(job, learner, observer);

    EXPECT_EQ(end.failure, FailureClass::diverged);
    EXPECT_EQ(end.kind, TrainEnd::Kind::failed);
    EXPECT_THAT(observer.steps, SizeIs(9));
    EXPECT_THAT(observer.checkpoints, IsEmpty());
  }
}

TEST(TrainingLoop, AStateOfAnotherRunIsRefused) {
  TrainJob job = toy_job();
  RecordingObserver observer;
  observer.stop_after_steps = 7;
  ASSERT_EQ(train(job, 0, observer).kind, TrainEnd::Kind::stopped);
  job.resume = observer.checkpoints.at(0);
  job.training.epochs = 1;
  LaggingLearner learner(job, 0);

  EXPECT_THROW(static_cast<void>(training::run_training(job, learner, observer)),
               std::invalid_argument);
}

}  // namespace
}  // namespace tarama::test
