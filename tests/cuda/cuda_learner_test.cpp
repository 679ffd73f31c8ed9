// The learner on CUDA over the stand-in, held against the packed learner on the CPU.
#include "tests/cuda/cuda_run.hpp"
#include "worker/cuda/kernels/attention.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tarama::cuda::test {
namespace {

using packed::test::differences;
using packed::test::not_a_number;
using testing::IsEmpty;

// Rounding of float32: other orders of sums, and other polynomials for exponentials. Largest
// differences measured: 1.6e-7 in the losses of 12 steps.
constexpr double close = 2e-6;
constexpr double close_in_arrays = 2e-5;  // of a tensor's largest magnitude

/// Without the keys' biases: a softmax does not change with them, so that their gradient is
/// rounding alone, which BertAdam makes large.
std::map<std::string, NamedArray> without_key_biases(std::map<std::string, NamedArray> arrays) {
  std::erase_if(arrays, [](const auto& named) { return named.first.ends_with("key.bias"); });
  return arrays;
}

double distance(const std::map<std::string, NamedArray>& a,
                const std::map<std::string, NamedArray>& b) {
  return distance_of(without_key_biases(a), without_key_biases(b), 0);
}

/// A run, the device that it is on, and the CPU's learner for it.
struct Scene {
  explicit Scene(Norm norm, const StandInSettings& settings = {})
      : run(norm, "portable"), device(settings) {}

  [[nodiscard]] std::unique_ptr<CudaLearner> learner(const LearnerSpec& spec) {
    return std::make_unique<CudaLearner>(device, spec, run.made_up().weights());
  }

  [[nodiscard]] std::unique_ptr<CudaLearner> learner() { return learner(run.spec()); }

  MadeUpRun run;
  StandIn device;
};

class CudaLearnerOf : public testing::TestWithParam<Norm> {
 protected:
  void TearDown() override {
    if (scene) {
      EXPECT_THAT(scene->device.faults(), IsEmpty());
      EXPECT_THAT(scene->device.leaks(), IsEmpty());
    }
  }

  Scene& make(const StandInSettings& settings = {}) { return scene.emplace(GetParam(), settings); }

  std::optional<Scene> scene;
};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         CudaLearnerOf,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& kind) {
                           return std::string(kind.param == Norm::post ? "post" : "pre");
                         });

TEST_P(CudaLearnerOf, LearnsWhatThePackedLearnerLearns) {
  Scene& here = make();
  const auto cpu = here.run.learner();
  const auto gpu = here.learner();

  const auto expected = train(*cpu, here.run, 0, MadeUpRun::steps);
  const auto actual = train(*gpu, here.run, 0, MadeUpRun::steps);

  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(actual[i].step, expected[i].step);
    EXPECT_NEAR(actual[i].batch.loss, expected[i].batch.loss, close) << "step " << i;
    EXPECT_EQ(actual[i].batch.classes, expected[i].batch.classes) << "step " << i;
  }
  EXPECT_LT(distance(gpu->arrays(), cpu->arrays()), close_in_arrays);
  EXPECT_LT(distance(gpu->weights(), cpu->weights()), close_in_arrays);
}

TEST_P(CudaLearnerOf, HasThePackedLearnersGradientInTheFirstStep) {
  // Behind one update without clipping, next_m is a tenth of the gradient.
  Scene& here = make();
  LearnerSpec spec = here.run.spec();
  spec.training.max_grad_norm = 0;
  const auto cpu = here.run.learner(spec);
  const auto gpu = here.learner(spec);

  train(*cpu, here.run, 0, 1);
  train(*gpu, here.run, 0, 1);

  EXPECT_LT(distance(gpu->arrays(), cpu->arrays()), close_in_arrays);
}

TEST_P(CudaLearnerOf, EvaluatesAndScoresAsThePackedLearner) {
  Scene& here = make();
  const auto cpu = here.run.learner();
  const auto gpu = here.learner();
  for (std::int64_t number = 0; number < 3; ++number) {
    const training::PackedBatch batch = here.run.batch(number);
    const training::BatchOutcome expected = cpu->evaluate(batch);

    const training::BatchOutcome actual = gpu->evaluate(batch);

    EXPECT_NEAR(actual.loss, expected.loss, close);
    EXPECT_EQ(actual.classes, expected.classes);
    const std::vector<float> scores = cpu->scores(batch);
    EXPECT_LT(packed::test::farthest<float>(gpu->scores(batch),
                                            std::vector<double>(scores.begin(), scores.end())),
              close);
  }
}

TEST_P(CudaLearnerOf, LearnsTheSameBitsWhereThereIsNoMemoryForGraphs) {
  Scene& here = make();
  const auto losses = losses_of(train(*here.learner(), here.run, 0, MadeUpRun::steps));
  const auto gpu = here.learner();
  const auto first = losses_of(train(*gpu, here.run, 0, 3));
  here.device.have_no_memory_for_graphs();  // while some are there

  const auto rest = losses_of(train(*gpu, here.run, 3, MadeUpRun::steps));

  EXPECT_EQ(first, std::vector<double>(losses.begin(), losses.begin() + 3));
  EXPECT_EQ(rest, std::vector<double>(losses.begin() + 3, losses.end()));
}

TEST_P(CudaLearnerOf, HasTheNextBatchWhileOneIsEvaluated) {
  constexpr std::int64_t batches = 10;
  Scene& here = make();
  const auto gpu = here.learner();
  std::vector<double> expected;
  const std::int64_t at_first = here.device.idle_waits();
  for (std::int64_t number = 0; number < batches; ++number) {
    expected.push_back(gpu->evaluate(here.run.batch(number)).loss);
  }
  const std::int64_t behind_each = here.device.idle_waits();
  ASSERT_EQ(behind_each - at_first, batches) << "one by one the device waits for each next";

  std::vector<double> losses;
  for (std::int64_t number = 0; number < batches; ++number) {
    gpu->enqueue_evaluation(here.run.batch(number));
    if (number >= gpu->lag()) {
      losses.push_back(gpu->collect_evaluation().loss);
    }
  }
  while (std::ssize(losses) < batches) {
    losses.push_back(gpu->collect_evaluation().loss);
  }

  EXPECT_EQ(here.device.idle_waits() - behind_each, 1) << "at the end";
  EXPECT_EQ(losses, expected);
}

TEST_P(CudaLearnerOf, LearnsTheSameBitsWheneverAndInWhateverOrderItsWorkIsDone) {
  std::optional<std::map<std::string, NamedArray>> before;
  std::vector<double> losses;
  for (const StandInSettings& settings :
       {StandInSettings{.eagerness = Eagerness::late},
        StandInSettings{.eagerness = Eagerness::early},
        StandInSettings{.eagerness = Eagerness::random, .seed = 2},
        StandInSettings{
            .eagerness = Eagerness::random, .threads = ThreadOrder::backwards, .seed = 3}}) {
    Scene& here = make(settings);
    const auto gpu = here.learner();
    const auto outcomes = train(*gpu, here.run, 0, MadeUpRun::steps);

    EXPECT_TRUE(losses.empty() || losses == losses_of(outcomes));
    losses = losses_of(outcomes);
    const auto arrays = gpu->arrays();
    EXPECT_TRUE(!before || differences(*before, arrays).empty());
    before = arrays;
    EXPECT_THAT(here.device.faults(), IsEmpty());
  }
}

TEST_P(CudaLearnerOf, GoesOnFromAnyStepWithTheSameBits) {
  Scene& here = make();
  const auto whole = here.learner();
  const auto losses = losses_of(train(*whole, here.run, 0, MadeUpRun::steps));
  const auto before = here.learner();
  for (std::int64_t step = 0; step <= MadeUpRun::steps; step += 4) {
    const auto resumed = here.learner();
    train(*resumed, here.run, 0, 2);  // so that there is something to replace

    resumed->restore(before->arrays(), step);
    const auto rest = losses_of(train(*resumed, here.run, step, MadeUpRun::steps));

    EXPECT_EQ(rest, std::vector<double>(losses.begin() + step, losses.end())) << "from " << step;
    EXPECT_THAT(differences(resumed->arrays(), whole->arrays()), IsEmpty()) << "from " << step;
    EXPECT_THAT(differences(resumed->weights(), whole->weights()), IsEmpty()) << "from " << step;
    train(*before, here.run, step, std::min(step + 4, MadeUpRun::steps));
  }
}

TEST_P(CudaLearnerOf, UpdatesNothingFromTheStepOnWhoseLossIsNoNumber) {
  Scene& here = make();
  const auto gpu = here.learner();
  train(*gpu, here.run, 0, 2);
  const auto before = gpu->arrays();
  auto spoilt = before;
  // What the classes' scores are made of: the loss is no number, and all else stays one.
  std::ranges::fill(spoilt.at("parameter/classifier.bias").values.edit(), not_a_number<float>);
  gpu->restore(spoilt, 2);

  const auto outcomes = train(*gpu, here.run, 2, 5);

  EXPECT_TRUE(std::isnan(outcomes[0].batch.loss));
  EXPECT_THAT(differences(gpu->arrays(), spoilt), IsEmpty()) << "three steps were enqueued";
  gpu->restore(before, 2);
  EXPECT_TRUE(std::isfinite(train(*gpu, here.run, 2, 3).front().batch.loss));
  EXPECT_FALSE(differences(gpu->arrays(), before).empty()) << "it learns again";
}

TEST_P(CudaLearnerOf, ComputesABatchInPartsWhereMemoryIsShort) {
  Scene& here = make();
  const auto whole = here.learner();
  const auto expected = losses_of(train(*whole, here.run, 0, MadeUpRun::steps));
  const training::BatchOutcome judged = whole->evaluate(here.run.batch(0));
  const auto arrays = whole->arrays();
  here.device.fail_allocation_after(30);  // in the midst of making it
  const auto parted = here.learner();

  EXPECT_EQ(parted->examples_at_a_time(), 3);
  const auto losses = losses_of(train(*parted, here.run, 0, MadeUpRun::steps));
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], expected[i], close) << "step " << i;
  }
  auto of_parts = parted->arrays();
  EXPECT_EQ(of_parts.at("examples_at_a_time").values[0], 3);
  of_parts.erase("examples_at_a_time");
  EXPECT_LT(distance(of_parts, arrays), close_in_arrays);
  EXPECT_NEAR(parted->evaluate(here.run.batch(0)).loss, judged.loss, close);
  EXPECT_EQ(parted->scores(here.run.batch(0)).size(), 15U);
}

TEST_P(CudaLearnerOf, IsOutOfMemoryWhereNotOneExampleFits) {
  Scene& here = make({.memory_bytes = 10'000});

  EXPECT_THROW(here.learner(), OutOfDeviceMemory);
}

TEST_P(CudaLearnerOf, LearnsBesideAnotherAsIfAlone) {
  Scene& here = make({.eagerness = Eagerness::random});
  const auto alone = here.learner();
  const auto expected = losses_of(train(*alone, here.run, 0, 6));
  const auto one = here.learner();
  const auto two = here.learner();

  std::vector<double> losses_of_one;
  std::vector<double> losses_of_two;
  for (std::int64_t step = 0; step < 6; ++step) {
    one->enqueue(here.run.batch(step), step);
    two->enqueue(here.run.batch(step), step);
    losses_of_two.push_back(two->collect().batch.loss);
    losses_of_one.push_back(one->collect().batch.loss);
  }

  EXPECT_EQ(losses_of_one, expected);
  EXPECT_EQ(losses_of_two, expected);
}

TEST_P(CudaLearnerOf, LearnsInBFloat16WithFloat32Masters) {
  Scene& here = make();
  LearnerSpec spec = here.run.spec();
  const auto cpu = here.run.learner(spec);
  const auto expected = losses_of(train(*cpu, here.run, 0, MadeUpRun::steps));
  const double judged = cpu->evaluate(here.run.batch(0)).loss;
  spec.training.precision = Precision::bf16;
  const auto gpu = here.learner(spec);

  // Evaluations are in float32: before the first step they are the CPU's.
  EXPECT_NEAR(gpu->evaluate(here.run.batch(3)).loss,
              here.run.learner(spec)->evaluate(here.run.batch(3)).loss,
              close);
  const auto losses = losses_of(train(*gpu, here.run, 0, MadeUpRun::steps));

  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], expected[i], 0.02) << "step " << i;
  }
  EXPECT_NEAR(gpu->evaluate(here.run.batch(0)).loss, judged, 0.02);
}

TEST(CudaLearner, EndsLikeAnyDeviceWhoseContextIsPoisoned) {
  Scene here(Norm::post);
  {
    const auto gpu = here.learner();
    gpu->enqueue(here.run.batch(0), 0);

    here.device.poison();

    EXPECT_THROW(static_cast<void>(gpu->collect()), DeviceError);
  }
  EXPECT_THAT(here.device.leaks(), IsEmpty());
}

TEST(CudaLearner, SaysWhatItCannotTrain) {
  const MadeUpRun run(Norm::post, "portable");
  LearnerSpec spec = run.spec();
  EXPECT_EQ(why_unfit(spec), std::nullopt);
  spec.longest_batch.front() = longest_example + 1;
  EXPECT_THAT(why_unfit(spec).value(), testing::HasSubstr("the longest text in tokens is 513"));
}

}  // namespace
}  // namespace tarama::cuda::test
