// Whatever was lost, the rows of the store and of the attempt that goes on leave no gap.
#include "worker/agent/resume_plan.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <rapidcheck.h>

using tarama::EvalRow;
using tarama::JobSpec;
using tarama::ResumePlan;
using tarama::StepRow;
using tarama::TrainerState;

namespace {

constexpr std::int64_t steps_per_epoch = 10;

/// A checkpoint after `steps` steps and `evals` evaluations.
TrainerState state_after(std::int64_t steps, std::int64_t evals) {
  TrainerState state;
  state.steps_done = steps;
  for (std::int64_t step = 0; step < steps; ++step) {
    state.steps.push_back({.step = step});
  }
  for (std::int64_t epoch = 1; epoch <= evals; ++epoch) {
    state.evals.push_back({.epoch = epoch, .step = epoch * steps_per_epoch - 1});
  }
  return state;
}

JobSpec job_with(std::int64_t committed_steps, std::int64_t committed_evals) {
  JobSpec job;
  job.committed_steps = committed_steps;
  job.committed_evals = committed_evals;
  return job;
}

std::vector<StepRow> steps_from(std::int64_t first, std::int64_t end) {
  std::vector<StepRow> rows;
  for (std::int64_t step = first; step < end; ++step) {
    rows.push_back({.step = step});
  }
  return rows;
}

}  // namespace

TEST(ResumePlan, WithoutACheckpointAllRowsAreNew) {
  EXPECT_EQ(plan_resume(std::nullopt, job_with(17, 1)), ResumePlan{});
}

TEST(ResumePlan, RowsThatTheStoreLacksAreSentAgain) {
  const ResumePlan plan = plan_resume(state_after(15, 1), job_with(12, 1));

  EXPECT_EQ(plan, (ResumePlan{.first_step = 12, .steps = steps_from(12, 15), .evals = {}}));
}

TEST(ResumePlan, RowsPastTheCheckpointAreTrainedAgain) {
  const ResumePlan plan = plan_resume(state_after(12, 1), job_with(18, 1));

  // One row back, for an evaluation that may belong to the checkpoint's last step.
  EXPECT_EQ(plan, (ResumePlan{.first_step = 11, .steps = steps_from(11, 12), .evals = {}}));
}

TEST(ResumePlan, EvaluationThatTheStoreLacksComesWithItsStep) {
  const ResumePlan plan = plan_resume(state_after(15, 1), job_with(15, 0));

  EXPECT_EQ(
      plan,
      (ResumePlan{
          .first_step = 9, .steps = steps_from(9, 15), .evals = {EvalRow{.epoch = 1, .step = 9}}}));
}

TEST(ResumePlan, CheckpointBeforeTheFirstStepProvidesEverything) {
  EXPECT_EQ(plan_resume(state_after(0, 0), job_with(5, 0)), ResumePlan{});
}

TEST(ResumePlan, NoGapWhateverWasLost) {
  const auto leaves_no_gap = [] {
    const auto steps = *rc::gen::inRange<std::int64_t>(0, 41);
    // Right at an epoch's end its evaluation may be still to come.
    const bool may_lack_one = steps > 0 && steps % steps_per_epoch == 0;
    const std::int64_t lacking = may_lack_one ? *rc::gen::inRange<std::int64_t>(0, 2) : 0;
    const std::int64_t evals = steps / steps_per_epoch - lacking;
    const auto committed_steps = *rc::gen::inRange<std::int64_t>(0, 41);
    const auto committed_evals =
        *rc::gen::inRange<std::int64_t>(0, committed_steps / steps_per_epoch + 1);

    const ResumePlan plan =
        plan_resume(state_after(steps, evals), job_with(committed_steps, committed_evals));

    RC_ASSERT(plan.first_step >= 0);
    RC_ASSERT(plan.first_step <= committed_steps);
    RC_ASSERT(plan.steps == steps_from(plan.first_step, steps));
    // Every evaluation is in the store, is sent again, or is still to come.
    for (std::int64_t eval = committed_evals; eval < evals; ++eval) {
      RC_ASSERT(std::any_of(plan.evals.begin(), plan.evals.end(), [&](const EvalRow& row) {
        return row.epoch == eval + 1;
      }));
    }
    // The store counts an evaluation for the attempt that provides its step.
    for (std::int64_t eval = evals; eval <= 4; ++eval) {
      RC_ASSERT((eval + 1) * steps_per_epoch - 1 >= plan.first_step);
    }
  };
  EXPECT_TRUE(rc::check("no gap", leaves_no_gap));
}

TEST(CheckpointFlaws, WholeHistoryHasNone) {
  EXPECT_EQ(tarama::misfit_of_rows(state_after(15, 1), 15), std::nullopt);
}

TEST(CheckpointFlaws, HistoryWithAHoleCannotCover) {
  TrainerState state = state_after(5, 0);
  state.steps[3].step = 4;

  EXPECT_EQ(tarama::misfit_of_rows(state, 15), "its row 3 is of step 4");
}

TEST(CheckpointFlaws, HistoryThatIsTooShortCannotCover) {
  TrainerState state = state_after(5, 0);
  state.steps.pop_back();

  EXPECT_EQ(tarama::misfit_of_rows(state, 15), "it is at step 5 and holds the rows of 4");
}

TEST(CheckpointFlaws, CheckpointPastTheRunsEndIsOfNoUse) {
  EXPECT_EQ(tarama::misfit_of_rows(state_after(16, 1), 15), "it is at step 16 of a run of 15");
}
