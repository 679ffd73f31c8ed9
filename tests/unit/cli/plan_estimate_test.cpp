// What `tarama plan` says a sweep will cost.
#include "cli/plan_estimate.hpp"

#include "core/search/grid.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <optional>

namespace tarama::cli {
namespace {

using orchestrator::CheckedSubmission;

/// Two levels of 10 and 20 steps, 3 replicates each.
CheckedSubmission small_sweep() {
  CheckedSubmission sweep;
  SweepSpec& spec = sweep.submission.spec;
  spec.parameters = {
      {"lr", {1e-3}}, {"warmup", {0.1}}, {"epochs", {std::int64_t{1}, std::int64_t{2}}}};
  spec.replicates = 3;
  spec.training.batch_size = 10;
  sweep.levels = expand_levels(spec).value();
  sweep.submission.prepared.variants = {{.data_fingerprint = "d",
                                         .model_fingerprint = "",
                                         .train_examples = 95,

                                         .eval_examples = 20,
                                         .test_examples = 0,
                                         .train_tokens = 1000,
                                         .classes = 2,
                                         .parameters = 1'000'000,
                                         .layers = 2,
                                         .hidden = 128,
                                         .cut_texts = 0}};
  sweep.learners = {LearnerName::torch, LearnerName::torch};
  sweep.submission.prepared.variant_of_level = {0, 0};
  sweep.configs = {
      ModelConfig{.vocab_size = 100, .hidden = 128, .layers = 2, .heads = 2, .intermediate = 512}};
  return sweep;
}

const MeasuredSteps nothing_measured = [](LearnerName, std::int64_t, std::int64_t) {
  return std::nullopt;
};
const MeasuredSteps half_a_second = [](LearnerName, std::int64_t, std::int64_t) {
  return std::optional(0.5);
};

TEST(PlanEstimate, CountsRunsAndSteps) {
  const PlanEstimate estimate =
      estimate_plan(small_sweep(), {1, DeviceKind::cpu}, nothing_measured);

  EXPECT_EQ(estimate.runs, 6);
  EXPECT_EQ(estimate.steps, 3 * (10 + 20));
}

TEST(PlanEstimate, StepsThatLevelsHaveInCommonAreTrainedOnce) {
  CheckedSubmission sweep = small_sweep();
  for (Level& level : sweep.levels) {
    level.training.t_total = TTotal::none;
  }

  const PlanEstimate shared = estimate_plan(sweep, {1, DeviceKind::cpu}, half_a_second);
  EXPECT_EQ(shared.steps, 90);
  EXPECT_EQ(shared.shared_steps, 30);
  EXPECT_DOUBLE_EQ(shared.seconds, 30);

  sweep.submission.spec.share = Share::none;
  EXPECT_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, half_a_second).shared_steps, 0);
}

TEST(PlanEstimate, CountsThoseThatAreTrainedAgainWithMoreEpochs) {
  CheckedSubmission sweep = small_sweep();
  SweepSpec& spec = sweep.submission.spec;
  spec.replicates = 1;
  spec.parameters = {{"lr", {1e-3, 1e-4, 1e-5}}, {"warmup", {0.1}}, {"epochs", {std::int64_t{4}}}};
  spec.rungs = Rungs{.eta = 2, .first = 1, .end = 4, .restart = "epochs"};
  sweep.levels = expand_levels(spec).value();
  sweep.learners.assign(3, LearnerName::torch);
  sweep.submission.prepared.variant_of_level = {0, 0, 0};

  const PlanEstimate estimate = estimate_plan(sweep, {1, DeviceKind::cpu}, half_a_second);

  EXPECT_EQ(planned_levels(sweep), 3 + 1 + 1);
  EXPECT_EQ(estimate.runs, 5);
  EXPECT_EQ(estimate.steps, 10 * (3 * 1 + 2 + 4));
  EXPECT_DOUBLE_EQ(estimate.seconds, 0.5 * 90);
  EXPECT_EQ(later_levels_line(sweep),
            "then, from the beginning, at most 1 with epochs 2, 1 with epochs 4\n");
}

TEST(PlanEstimate, MeasuredStepsComeBeforeRoughFigures) {
  const PlanEstimate estimate = estimate_plan(small_sweep(), {1, DeviceKind::cpu}, half_a_second);

  EXPECT_DOUBLE_EQ(estimate.seconds, 45);
  EXPECT_EQ(estimate.basis, "steps measured in this store, on 1 CPU worker");
}

// 45 s of runs of 10 s and 5 s in the scheduler's order: the third long one begins behind another.
TEST(PlanEstimate, WorkersShareTheTimeAsRunsAreHandedOut) {
  EXPECT_DOUBLE_EQ(estimate_plan(small_sweep(), {2, DeviceKind::cpu}, half_a_second).seconds, 25);
  EXPECT_DOUBLE_EQ(estimate_plan(small_sweep(), {3, DeviceKind::cpu}, half_a_second).seconds, 20);
}

TEST(PlanEstimate, TimedStepsComeBeforeAllElse) {
  const TimedSteps timed{.seconds_per_step = {{LevelId{1}, 1.0}}, .steps = 80};

  const PlanEstimate estimate =
      estimate_plan(small_sweep(), {1, DeviceKind::cpu}, half_a_second, timed);

  const double with_evaluation = 1 + 20.0 / 95 / 3;
  EXPECT_NEAR(estimate.seconds, 90 * with_evaluation, 1e-9);
  EXPECT_EQ(estimate.basis, "80 steps of one level timed just now, on 1 CPU worker");
}

TEST(PlanEstimate, NoSweepIsShorterThanItsLongestRun) {
  EXPECT_DOUBLE_EQ(estimate_plan(small_sweep(), {64, DeviceKind::cpu}, half_a_second).seconds, 10);
}

TEST(PlanEstimate, WithoutMeasurementsItSaysSo) {
  const PlanEstimate estimate =
      estimate_plan(small_sweep(), {2, DeviceKind::cuda}, nothing_measured);

  EXPECT_GT(estimate.seconds, 0);
  EXPECT_EQ(estimate.basis,
            "a rough figure, nothing measured in this store yet, with 2 runs at once on GPUs");
}

TEST(PlanEstimate, KeptModelsTakeTheirDisk) {
  CheckedSubmission sweep = small_sweep();
  sweep.submission.spec.keep = {KeepModels::best, KeepCheckpoints::none};
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).model_bytes, 12e6);
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).most_model_bytes,
                   24e6)
      << "levels that are tied with the best one keep theirs";
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).peak_bytes, 24e6);
  sweep.submission.spec.keep = {KeepModels::all, KeepCheckpoints::none};
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).model_bytes, 24e6);
  sweep.submission.spec.keep = {KeepModels::none, KeepCheckpoints::none};
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).model_bytes, 0);
  EXPECT_DOUBLE_EQ(estimate_plan(sweep, {1, DeviceKind::cpu}, nothing_measured).peak_bytes, 0);
}

}  // namespace
}  // namespace tarama::cli
