// What the LibTorch trainer has beyond what every trainer by a learner promises: bf16, and devices.
#include "tests/torch/trainer_fixture.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <gmock/gmock.h>
#include <string>
#include <thread>
#include <vector>

namespace tarama::test {
namespace {

TEST(TorchTrainer, EvaluationOfABf16RunIsThatOfTheModelItKeeps) {
  TrainJob job = small_job(Norm::post);
  job.training.precision = Precision::bf16;
  const auto trainer = cpu_trainer();

  const Outcome outcome = train_whole(*trainer, job);

  // float32's rounding under other padding; bf16 would be off by 1e-3.
  EXPECT_NEAR(outcome.evals[2].loss, loss_of(*trainer, job, outcome.weights, job.data->eval), 1e-6);
}

// Seeds 1 to 20 differed by at most 0.0021.
TEST(TorchTrainer, Bf16TrainsNearFp32ButNotEqual) {
  TrainJob job = small_job(Norm::post);
  const auto trainer = cpu_trainer();
  const Outcome exact = train_whole(*trainer, job);
  job.training.precision = Precision::bf16;

  const Outcome rough = train_whole(*trainer, job);

  ASSERT_EQ(rough.kind, TrainEnd::Kind::succeeded);
  EXPECT_NE(rough.steps, exact.steps);
  for (std::size_t i = 0; i < exact.steps.size(); ++i) {
    EXPECT_NEAR(rough.steps[i].loss, exact.steps[i].loss, 0.03);
  }
}

TEST(TorchTrainer, RunsOfSeveralThreadsHaveTheBitsOfEachAlone) {
  // What LibTorch keeps by process (autocast's copies of parameters) and by thread (whether there
  // are gradients, how many threads a product has) must reach no other run.
  std::vector<TrainJob> jobs;
  for (const Norm norm : {Norm::post, Norm::pre}) {
    for (const Precision precision : {Precision::bf16, Precision::fp32}) {
      jobs.push_back(small_job(norm));
      jobs.back().training.precision = precision;
      jobs.back().seed += static_cast<std::int64_t>(jobs.size());
    }
  }
  const auto trainer = cpu_trainer();
  std::vector<Outcome> outcomes(jobs.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = train_whole(*trainer, jobs[i]); });
    }
  }

  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(outcomes[i].kind, TrainEnd::Kind::succeeded);
    EXPECT_EQ(outcomes[i], train_whole(*trainer, jobs[i])) << i;
  }
}

TEST(TorchTrainer, ItsArithmeticNamesWhatItsBitsDependOn) {
  const TrainJob job = small_job(Norm::post);
  const std::string one = make_torch_trainer("cpu", 1).value()->arithmetic(job);
  const std::string two = make_torch_trainer("cpu*2", 2).value()->arithmetic(job);

  EXPECT_THAT(one,
              testing::StartsWith("torch 2; LibTorch " + libtorch_info().version + " on CPU, "));
  EXPECT_THAT(one, testing::EndsWith(" MKL, 1 thread"));
  EXPECT_THAT(two, testing::EndsWith(" MKL, 2 threads"));
}

TEST(TorchTrainer, CpuWithItsNumberOfThreadsIsADevice) {
  EXPECT_TRUE(make_torch_trainer("cpu*4", 4));
}

TEST(TorchTrainer, UnknownDeviceIsRefusedWithWhatWasExpected) {
  const auto trainer = make_torch_trainer("tpu:0", 1);

  ASSERT_FALSE(trainer);
  EXPECT_EQ(trainer.error(),
            (Error{Errc::invalid_argument, "device 'tpu:0' is unknown; expected cpu, or cuda:0"}));
}

}  // namespace
}  // namespace tarama::test
