// Whole runs by the packed learner on CUDA, over the stand-in, as the loop of a run drives it.
#include "worker/cuda/cuda_trainer.hpp"

#include "tests/cuda/stand_in/stand_in.hpp"
#include "tests/support/small_jobs.hpp"
#include "worker/packed/packed_trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <memory>
#include <utility>

namespace tarama::cuda::test {
namespace {

using tarama::test::Outcome;
using tarama::test::RecordingObserver;
using tarama::test::small_job;
using tarama::test::train_whole;
using testing::HasSubstr;
using testing::SizeIs;

/// A trainer, and the device that it owns.
struct Scene {
  explicit Scene(const StandInSettings& settings = {}) {
    auto made = std::make_unique<StandIn>(settings);
    device = made.get();
    trainer = make_trainer_on(std::move(made));
  }

  std::unique_ptr<Trainer> trainer;
  StandIn* device = nullptr;
};

class CudaTrainerOf : public testing::TestWithParam<Norm> {};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         CudaTrainerOf,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& kind) {
                           return std::string(kind.param == Norm::post ? "post" : "pre");
                         });

TEST_P(CudaTrainerOf, HasTheRowsOfTheCpusRun) {
  Scene scene({.eagerness = Eagerness::random});
  const TrainJob job = small_job(GetParam());
  const Outcome expected = train_whole(*make_packed_trainer(), job);

  const Outcome actual = train_whole(*scene.trainer, job);

  ASSERT_EQ(actual.steps.size(), expected.steps.size());
  for (std::size_t i = 0; i < expected.steps.size(); ++i) {
    StepRow row = actual.steps[i];
    EXPECT_NEAR(row.loss, expected.steps[i].loss, 1e-5) << i;
    row.loss = expected.steps[i].loss;
    EXPECT_EQ(row, expected.steps[i]) << i;
  }
  ASSERT_EQ(actual.evals.size(), expected.evals.size());
  for (std::size_t i = 0; i < expected.evals.size(); ++i) {
    EvalRow row = actual.evals[i];
    EXPECT_NEAR(row.loss, expected.evals[i].loss, 1e-5) << i;
    row.loss = expected.evals[i].loss;
    EXPECT_EQ(row, expected.evals[i]) << i;
  }
  EXPECT_THAT(scene.device->faults(), testing::IsEmpty());
  EXPECT_THAT(scene.device->leaks(), testing::IsEmpty()) << "a run leaves nothing to the next";
}

TEST_P(CudaTrainerOf, ARunFromEachOfItsCheckpointsEndsWithTheSameWeights) {
  Scene scene;
  TrainJob job = small_job(GetParam());
  RecordingObserver observer;
  observer.checkpoint_after_steps = {1, 6};
  observer.checkpoint_after_epochs = {1, 3};
  const TrainEnd whole = scene.trainer->train(job, observer);
  ASSERT_EQ(whole.kind, TrainEnd::Kind::succeeded) << whole.message;
  ASSERT_THAT(observer.checkpoints, SizeIs(4));

  for (const TrainerState& state : observer.checkpoints) {
    EXPECT_EQ(scene.trainer->misfit(job, state), std::nullopt);
    job.resume = state;
    RecordingObserver rest;
    EXPECT_EQ(scene.trainer->train(job, rest).weights, whole.weights) << state.steps_done;
  }
}

TEST(CudaTrainer, EndsADivergedRunAtItsStepThoughOthersWereEnqueued) {
  Scene scene;
  TrainJob job = small_job(Norm::post);
  job.training.lr = 1e30;
  job.training.warmup = 0;
  job.training.max_grad_norm = 0;
  RecordingObserver observer;

  const TrainEnd end = scene.trainer->train(job, observer);

  EXPECT_EQ(end.failure, FailureClass::diverged) << end.message;
  ASSERT_FALSE(observer.steps.empty());
  for (std::size_t i = 0; i + 1 < observer.steps.size(); ++i) {
    EXPECT_TRUE(std::isfinite(observer.steps[i].loss)) << i;
  }
  EXPECT_THAT(scene.device->leaks(), testing::IsEmpty());
}

TEST(CudaTrainer, SaysInItsResultsThatBatchesWereComputedInParts) {
  Scene scene;
  const TrainJob job = small_job(Norm::post);
  RecordingObserver observer;
  EXPECT_EQ(scene.trainer->train(job, observer).note, "");
  scene.device->fail_allocation_after(30);  // in the midst of making a learner

  const TrainEnd end = scene.trainer->train(job, observer);

  EXPECT_EQ(end.kind, TrainEnd::Kind::succeeded) << end.message;
  EXPECT_THAT(end.note, HasSubstr("examples are computed at a time"));
}

TEST(CudaTrainer, ARunInPartsGoesOnInTheSameParts) {
  Scene scene;
  TrainJob job = small_job(Norm::post);
  scene.device->fail_allocation_after(30);
  RecordingObserver observer;
  observer.checkpoint_after_steps = {6};
  const TrainEnd whole = scene.trainer->train(job, observer);
  ASSERT_THAT(whole.note, HasSubstr("examples are computed at a time"));

  job.resume = observer.checkpoints.at(0);
  RecordingObserver rest;
  const TrainEnd end = scene.trainer->train(job, rest);  // with room for all by now

  EXPECT_EQ(end.weights, whole.weights);
  EXPECT_EQ(end.note, whole.note);
  EXPECT_THAT(rest.notes, testing::ElementsAre(whole.note));
  EXPECT_THAT(scene.device->leaks(), testing::IsEmpty());
}

TEST(CudaTrainer, PredictsWithTheLossThatItEvaluated) {
  Scene scene;
  const TrainJob job = small_job(Norm::post);

  const Outcome outcome = train_whole(*scene.trainer, job);

  EXPECT_NEAR(outcome.evals[2].loss,
              tarama::test::loss_of(*scene.trainer, job, outcome.weights, job.data->eval),
              1e-6);
}

TEST(CudaTrainer, AFullDeviceIsOutOfMemoryAndAFailedOneADeviceError) {
  const TrainJob job = small_job(Norm::post);
  RecordingObserver observer;
  Scene full({.memory_bytes = 1000});
  EXPECT_EQ(full.trainer->train(job, observer).failure, FailureClass::out_of_memory);
  EXPECT_THAT(full.device->leaks(), testing::IsEmpty());

  Scene failed;
  failed.device->poison();
  const TrainEnd end = failed.trainer->train(job, observer);
  EXPECT_EQ(end.failure, FailureClass::device_error);
  EXPECT_THAT(end.message, HasSubstr("illegal memory access"));
}

TEST(CudaTrainer, ItsArithmeticIsNoCpusAndNamesTheDevice) {
  Scene scene;
  const TrainJob job = small_job(Norm::post);

  EXPECT_EQ(scene.trainer->arithmetic(job),
            "packed 2 on CUDA; stand-in, compute capability 0.0; plain C++");
  EXPECT_NE(scene.trainer->arithmetic(job), make_packed_trainer()->arithmetic(job));
}

}  // namespace
}  // namespace tarama::cuda::test
