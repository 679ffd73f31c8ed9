// The scripted trainer keeps the promises of every trainer: rows as planned, exact resume,
// stops, and numbers that depend on the run alone.
#include "worker/fake/fake_trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <gmock/gmock.h>
#include <numeric>
#include <sys/wait.h>
#include <unistd.h>

using tarama::EvalRow;
using tarama::FakeScript;
using tarama::FakeTrainer;
using tarama::FaultKind;
using tarama::StepRow;
using tarama::TrainEnd;
using tarama::TrainerState;
using tarama::TrainJob;
using testing::Each;
using testing::Field;
using testing::SizeIs;

namespace {

constexpr std::int64_t never = 1'000'000;

/// Writes down what the trainer tells; stops and asks for checkpoints where told.
class Recorder : public tarama::TrainObserver {
 public:
  void on_step(const StepRow& row) override {
    StepRow timeless = row;
    timeless.at = 0;
    steps.push_back(timeless);
  }

  void on_eval(const EvalRow& row) override { evals.push_back(row); }

  void on_predictions(const tarama::Predictions& of) override { predictions.push_back(of); }

  bool wants_checkpoint(bool is_epoch_end) override {
    epoch_ends += is_epoch_end ? 1 : 0;
    return checkpoints_at_epoch_ends && is_epoch_end;
  }

  void save_checkpoint(TrainerState state) override { saved.push_back(std::move(state)); }

  bool should_stop() override {
    return static_cast<std::int64_t>(steps.size()) >= stop_after_steps;
  }

  std::int64_t stop_after_steps = never;
  bool checkpoints_at_epoch_ends = false;
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
  std::vector<tarama::Predictions> predictions;
  std::vector<TrainerState> saved;
  int epoch_ends = 0;
};

tarama::TokenizedSplit split_of(std::int64_t examples) {
  tarama::TokenizedSplit split;
  for (std::int64_t example = 0; example < examples; ++example) {
    for (const std::int32_t id : {2, 7, 3}) {
      split.ids.push_back(id);
    }
    split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
    split.second_starts.push_back(3);
    split.labels.push_back(example % 4 == 0 ? 1 : 0);
  }
  return split;
}

/// 10 examples in batches of 4: three steps an epoch, two epochs; four examples to evaluate on.
TrainJob small_job() {
  auto data = std::make_shared<tarama::TokenizedData>();
  data->train = split_of(10);
  data->eval = split_of(4);
  data->classes = {"no", "yes"};
  TrainJob job;
  job.training.lr = 1e-4;
  job.training.epochs = 2;
  job.training.batch_size = 4;
  job.config.classes = 2;
  job.data = data;
  return job;
}

FakeScript quiet_script(double mean) {
  return {.noise = 0, .default_mean = mean, .scores = {}, .faults = {}};
}

FakeScript faulty_script(FaultKind kind) {
  return {.scores = {}, .faults = {{.when = {}, .attempt = std::nullopt, .step = 2, .kind = kind}}};
}

TrainEnd train(const FakeScript& script, const TrainJob& job, Recorder& recorder) {
  return FakeTrainer(script).train(job, recorder);
}

double last_accuracy(const FakeScript& script, const TrainJob& job) {
  Recorder recorder;
  static_cast<void>(train(script, job, recorder));
  return recorder.evals.back().flat_accuracy;
}

}  // namespace

TEST(FakeTrainer, YieldsOneRowPerStepAndOneEvaluationPerEpoch) {
  Recorder recorder;

  const TrainEnd end = train(quiet_script(0.7), small_job(), recorder);

  EXPECT_EQ(end.kind, TrainEnd::Kind::succeeded);
  ASSERT_THAT(recorder.steps, SizeIs(6));
  for (std::int64_t step = 0; step < 6; ++step) {
    const StepRow& row = recorder.steps[static_cast<std::size_t>(step)];
    EXPECT_EQ(row.step, step);
    EXPECT_EQ(row.epoch, step / 3 + 1);
    EXPECT_EQ(row.examples, step % 3 == 2 ? 2 : 4);
    EXPECT_EQ(row.tokens, 3 * row.examples);
  }
  ASSERT_THAT(recorder.evals, SizeIs(2));
  EXPECT_EQ(recorder.evals[0].step, 2);
  EXPECT_EQ(recorder.evals[1].step, 5);
  EXPECT_DOUBLE_EQ(recorder.evals[1].flat_accuracy, 0.7);
  EXPECT_DOUBLE_EQ(recorder.evals[1].majority_accuracy, 0.75);
  EXPECT_EQ(recorder.epoch_ends, 2);
}

TEST(FakeTrainer, AppliesTheScheduleToTheRate) {
  Recorder recorder;
  TrainJob job = small_job();
  job.training.warmup = 0;

  static_cast<void>(train(quiet_script(0.7), job, recorder));

  EXPECT_DOUBLE_EQ(recorder.steps[0].lr, 1e-4);
  EXPECT_LT(recorder.steps[5].lr, recorder.steps[4].lr);
}

TEST(FakeTrainer, EvaluatesTheTestSplitOnceAtTheEnd) {
  TrainJob job = small_job();
  auto data = *job.data;
  data.test = split_of(3);
  job.data = std::make_shared<tarama::TokenizedData>(data);
  Recorder recorder;

  static_cast<void>(train(quiet_script(0.7), job, recorder));

  ASSERT_THAT(recorder.evals, SizeIs(3));
  EXPECT_EQ(recorder.evals[2].split, tarama::Split::test);
  EXPECT_EQ(recorder.evals[2].epoch, 2);
  EXPECT_EQ(recorder.evals[2].examples, 3);
}

TEST(FakeTrainer, GoesOnFromAnyStepWithTheSameNumbers) {
  Recorder whole;
  static_cast<void>(train(FakeScript{}, small_job(), whole));

  for (std::int64_t stop = 1; stop <= 5; ++stop) {
    Recorder before;
    before.stop_after_steps = stop;
    EXPECT_EQ(train(FakeScript{}, small_job(), before).kind, TrainEnd::Kind::stopped);
    ASSERT_THAT(before.saved, SizeIs(1));
    TrainJob job = small_job();
    job.resume = before.saved[0];
    job.attempt = 2;
    Recorder after;
    EXPECT_EQ(train(FakeScript{}, job, after).kind, TrainEnd::Kind::succeeded);

    before.steps.insert(before.steps.end(), after.steps.begin(), after.steps.end());
    before.evals.insert(before.evals.end(), after.evals.begin(), after.evals.end());
    EXPECT_EQ(before.steps, whole.steps) << "stopped after " << stop;
    EXPECT_EQ(before.evals, whole.evals) << "stopped after " << stop;
  }
}

TEST(FakeTrainer, CheckpointsHoldTheRowsSoFar) {
  Recorder recorder;
  recorder.checkpoints_at_epoch_ends = true;

  static_cast<void>(train(FakeScript{}, small_job(), recorder));

  ASSERT_THAT(recorder.saved, SizeIs(2));
  EXPECT_EQ(recorder.saved[0].steps_done, 3);
  EXPECT_THAT(recorder.saved[0].steps, SizeIs(3));
  EXPECT_THAT(recorder.saved[0].evals, SizeIs(1));
}

TEST(FakeTrainer, AStopAfterTheLastStepComesTooLate) {
  Recorder recorder;
  recorder.stop_after_steps = 6;

  EXPECT_EQ(train(FakeScript{}, small_job(), recorder).kind, TrainEnd::Kind::succeeded);
}

TEST(FakeTrainer, NoiseDependsOnParametersAndSeedAndNotOnTheAttempt) {
  const TrainJob job = small_job();
  TrainJob other_attempt = job;
  other_attempt.attempt = 5;
  TrainJob other_seed = job;
  other_seed.seed = 2;
  TrainJob other_rate = job;
  other_rate.training.lr = 2e-4;

  const double accuracy = last_accuracy(FakeScript{}, job);

  EXPECT_EQ(last_accuracy(FakeScript{}, other_attempt), accuracy);
  EXPECT_NE(last_accuracy(FakeScript{}, other_seed), accuracy);
  EXPECT_NE(last_accuracy(FakeScript{}, other_rate), accuracy);
}

TEST(FakeTrainer, LastAccuracyIsNormalAroundTheScriptedMean) {
  constexpr int runs = 2000;
  const FakeScript script{.noise = 0.02, .default_mean = 0.8, .scores = {}, .faults = {}};
  std::vector<double> accuracies;
  for (int seed = 1; seed <= runs; ++seed) {
    TrainJob job = small_job();
    job.seed = seed;
    accuracies.push_back(last_accuracy(script, job));
  }

  const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / runs;
  double squares = 0;
  for (const double accuracy : accuracies) {
    squares += (accuracy - mean) * (accuracy - mean);
  }
  // Four standard errors of the mean and of the deviation of 2000 draws.
  EXPECT_NEAR(mean, 0.8, 4 * 0.02 / std::sqrt(runs));
  EXPECT_NEAR(std::sqrt(squares / (runs - 1)), 0.02, 4 * 0.02 / std::sqrt(2.0 * runs));
}

TEST(FakeTrainer, NanEndsTheRunAsDivergedAtItsStep) {
  Recorder recorder;

  const TrainEnd end = train(faulty_script(FaultKind::nan), small_job(), recorder);

  EXPECT_EQ(end.kind, TrainEnd::Kind::failed);
  EXPECT_EQ(end.failure, tarama::FailureClass::diverged);
  EXPECT_EQ(end.message, "the loss became NaN at step 2");
  ASSERT_THAT(recorder.steps, SizeIs(3));
  EXPECT_TRUE(std::isnan(recorder.steps[2].loss));
}

TEST(FakeTrainer, OutOfMemoryIsAFailureOfItsOwnClass) {
  Recorder recorder;

  const TrainEnd end = train(faulty_script(FaultKind::out_of_memory), small_job(), recorder);

  EXPECT_EQ(end.failure, tarama::FailureClass::out_of_memory);
  EXPECT_THAT(recorder.steps, SizeIs(2));
}

TEST(FakeTrainer, AFailingDeviceIsAFailureOfItsOwnClass) {
  Recorder recorder;

  const TrainEnd end = train(faulty_script(FaultKind::device_error), small_job(), recorder);

  EXPECT_EQ(end.failure, tarama::FailureClass::device_error);
  EXPECT_THAT(recorder.steps, SizeIs(2));
}

TEST(FakeTrainer, FaultsMayDependOnTheDeviceAndNumbersDoNot) {
  FakeScript script = faulty_script(FaultKind::device_error);
  script.faults[0].when.emplace("device", std::string("cuda:2"));
  Recorder sound;
  Recorder sick;

  const TrainEnd elsewhere = FakeTrainer(script, "cuda:1").train(small_job(), sound);
  const TrainEnd there = FakeTrainer(script, "cuda:2").train(small_job(), sick);

  EXPECT_EQ(elsewhere.kind, TrainEnd::Kind::succeeded);
  EXPECT_EQ(there.failure, tarama::FailureClass::device_error);
  EXPECT_EQ(sick.steps[1].loss, sound.steps[1].loss);
}

TEST(FakeTrainerDeathTest, CrashIsAKill) {
  Recorder recorder;

  EXPECT_EXIT(static_cast<void>(train(faulty_script(FaultKind::crash), small_job(), recorder)),
              testing::KilledBySignal(SIGKILL),
              "");
}

TEST(FakeTrainerDeathTest, ExitEndsWithoutAWord) {
  Recorder recorder;

  EXPECT_EXIT(static_cast<void>(train(faulty_script(FaultKind::exit), small_job(), recorder)),
              testing::ExitedWithCode(3),
              "");
}

TEST(FakeTrainerDeathTest, HangStopsTheWholeProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    Recorder recorder;
    static_cast<void>(train(faulty_script(FaultKind::hang), small_job(), recorder));
    ::_exit(0);
  }
  int status = 0;

  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);

  EXPECT_TRUE(WIFSTOPPED(status));
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
}

TEST(FakeTrainer, PredictsEveryClassAlike) {
  tarama::ModelConfig config;
  config.classes = 4;

  EXPECT_THAT(FakeTrainer(FakeScript{}).predict(config, {}, split_of(3)),
              testing::AllOf(SizeIs(12), Each(0.25F)));
}

namespace {

/// Last accuracies of a level of this length over seeds 1, 2, ..., less their mean.
std::vector<double> deviations(const FakeScript& script, std::int64_t epochs) {
  std::vector<double> values;
  TrainJob job = small_job();
  job.training.epochs = epochs;
  for (job.seed = 1; job.seed <= 400; ++job.seed) {
    values.push_back(last_accuracy(script, job));
  }
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 400;
  for (double& value : values) {
    value -= mean;
  }
  return values;
}

double product_mean(const std::vector<double>& left, const std::vector<double>& right) {
  return std::inner_product(left.begin(), left.end(), right.begin(), 0.0) /
         static_cast<double>(left.size());
}

}  // namespace

TEST(FakeTrainer, LevelsHaveTheirOwnSpreadAndShareTheirSeeds) {
  const FakeScript script{
      .noise = 0.01,
      .seed_effect = 0.6,
      .scores = {{.when = {{"epochs", std::int64_t{1}}}, .mean = 0.5, .sd = 0.03}},
      .faults = {}};

  const auto wide = deviations(script, 1);
  const auto narrow = deviations(script, 2);

  // Tolerances: 4 standard errors over 400 seeds.
  const double wide_sd = std::sqrt(product_mean(wide, wide));
  const double narrow_sd = std::sqrt(product_mean(narrow, narrow));
  EXPECT_NEAR(wide_sd, 0.03, 0.0043);
  EXPECT_NEAR(narrow_sd, 0.01, 0.0015);
  EXPECT_NEAR(product_mean(wide, narrow) / (wide_sd * narrow_sd), 0.6, 0.13);
}
