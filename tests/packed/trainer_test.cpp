// The packed learner's trainer without LibTorch, and so under the sanitizers too: a run from its
// job to its end, from its checkpoints, and predictions. What it promises:
// tests/torch/learner_trainer_test.cpp.
#include "tests/support/small_jobs.hpp"
#include "worker/packed/packed_trainer.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::SizeIs;

TEST(PackedTrainer, ARunFromEachOfItsCheckpointsEndsWithTheSameWeights) {
  for (const Norm norm : {Norm::post, Norm::pre}) {
    const auto trainer = make_packed_trainer();
    TrainJob job = small_job(norm);
    RecordingObserver observer;
    observer.checkpoint_after_steps = {1, 6, 14};
    observer.checkpoint_after_epochs = {1, 3};
    const TrainEnd whole = trainer->train(job, observer);
    ASSERT_EQ(whole.kind, TrainEnd::Kind::succeeded) << whole.message;
    ASSERT_THAT(observer.checkpoints, SizeIs(5));

    for (const TrainerState& state : observer.checkpoints) {
      EXPECT_EQ(trainer->misfit(job, state), std::nullopt);
      job.resume = state;
      RecordingObserver rest;
      EXPECT_EQ(trainer->train(job, rest).weights, whole.weights) << state.steps_done;
    }
  }
}

TEST(PackedTrainer, ARunHasTheSameBitsWhateverRanBefore) {
  const TrainJob job = small_job(Norm::post);
  const Outcome alone = train_whole(*make_packed_trainer(), job);
  TrainJob other_seed = job;
  other_seed.seed = 8;
  TrainJob larger = job;
  larger.training.batch_size = 16;
  TrainJob diverging = job;
  diverging.training.lr = 1e30;
  diverging.training.max_grad_norm = 0;
  RecordingObserver until_stopped;
  until_stopped.stop_after_steps = 4;
  const auto trainer = make_packed_trainer();

  EXPECT_EQ(trainer->train(other_seed, until_stopped).kind, TrainEnd::Kind::stopped);
  EXPECT_EQ(train_whole(*trainer, job), alone);
  EXPECT_EQ(train_whole(*trainer, larger).kind, TrainEnd::Kind::succeeded);
  EXPECT_EQ(train_whole(*trainer, job), alone);
  EXPECT_EQ(train_whole(*trainer, diverging).kind, TrainEnd::Kind::failed);
  EXPECT_EQ(train_whole(*trainer, job), alone);
  trainer->let_go();
  EXPECT_EQ(train_whole(*trainer, job), alone);
}

TEST(PackedTrainer, PredictsWithTheLossThatItEvaluated) {
  const auto trainer = make_packed_trainer();
  const TrainJob job = small_job(Norm::post);

  const Outcome outcome = train_whole(*trainer, job);

  EXPECT_NEAR(outcome.evals[2].loss, loss_of(*trainer, job, outcome.weights, job.data->eval), 1e-6);
}

TEST(PackedTrainer, APairForAModelOfOneSegmentIsRefused) {
  const auto trainer = make_packed_trainer();
  TrainJob job = small_job(Norm::post);
  job.config.type_vocab_size = 1;
  RecordingObserver observer;

  const TrainEnd end = trainer->train(job, observer);

  EXPECT_EQ(end.failure, FailureClass::bad_data);
  EXPECT_THAT(end.message, testing::HasSubstr("the model knows 1 segment"));
}

TEST(PackedTrainer, ItsArithmeticNamesKernelsCompilerAndOptions) {
  const std::string words = make_packed_trainer()->arithmetic(small_job(Norm::post));

  EXPECT_THAT(words, testing::StartsWith("packed 2; kernels for " + packed_kernels() + " by "));
  EXPECT_THAT(words, testing::HasSubstr(" with '"));
}

}  // namespace
}  // namespace tarama::test
