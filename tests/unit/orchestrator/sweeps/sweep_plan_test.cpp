// By what the levels of a submission, and of an extension, are trained.
#include "orchestrator/sweeps/sweep_plan.hpp"

#include "core/sweep/sweep_spec_json.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <set>
#include <string>
#include <vector>

namespace tarama::orchestrator {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr TimePoint noon{1};

/// A grid of rates, two epochs each.
Submission submission_of(const std::vector<double>& rates) {
  Submission submission;
  SweepSpec& spec = submission.spec;
  spec.name = "small";
  spec.parameters = {{"lr", {}}, {"warmup", {0.0}}, {"epochs", {std::int64_t{2}}}};
  for (const double rate : rates) {
    spec.parameters[0].values.emplace_back(rate);
  }
  spec.data.train = "train.tsv";
  spec.data.eval = 0.1;
  submission.prepared.variants = {
      LevelInputs{.data_fingerprint = "d", .train_examples = 40, .eval_examples = 10, .layers = 2}};
  submission.prepared.variant_of_level.assign(rates.size(), 0);
  return submission;
}

db::NewSweep planned(const Submission& submission, const std::string& trainer = "torch") {
  return plan_sweep(submission, {.trainer = trainer}, noon).value();
}

db::StoredSweep stored(const db::NewSweep& sweep) {
  db::StoredSweep rows;
  rows.record.sweep = SweepId{1};
  rows.name = sweep.name;
  rows.spec = sweep.spec;
  rows.levels = sweep.levels;
  for (const RunPlan& run : sweep.runs) {
    rows.runs.push_back(
        {.run = RunId{static_cast<std::int64_t>(rows.runs.size()) + 1}, .plan = run});
  }
  return rows;
}

std::vector<std::string> learners_of(const db::NewSweep& sweep) {
  std::vector<std::string> learners;
  for (const LevelRecord& level : sweep.levels) {
    learners.push_back(level.learner);
  }
  return learners;
}

std::set<std::string> keys_of(const db::NewSweep& sweep) {
  std::set<std::string> keys;
  for (const RunPlan& run : sweep.runs) {
    keys.insert(run.run_key);
  }
  return keys;
}

TEST(SweepPlan, ALevelsRowNamesItsLearnerAndItsNumerics) {
  Submission submission = submission_of({1e-3});
  submission.spec.training.learner = LearnerName::packed;

  const db::NewSweep sweep = planned(submission);

  EXPECT_THAT(learners_of(sweep), ElementsAre("packed"));
  EXPECT_EQ(sweep.levels[0].numerics, 2);
  EXPECT_EQ(sweep.levels[0].training.learner, std::nullopt) << "named once";
  EXPECT_EQ(sweep.trainer, "torch");
}

TEST(SweepPlan, ANamedLearnerGivesTheKeysOfTheSameOneByDefault) {
  const Submission silent = submission_of({1e-3, 3e-3});
  Submission named = silent;
  named.spec.training.learner = default_learner;

  EXPECT_EQ(keys_of(planned(named)), keys_of(planned(silent)));
}

TEST(SweepPlan, LearnersCanBeSwept) {
  Submission submission = submission_of({1e-3});
  submission.spec.parameters.push_back({"learner", {std::string("packed"), std::string("torch")}});
  submission.prepared.variant_of_level = {0, 0};

  EXPECT_THAT(learners_of(planned(submission)), ElementsAre("packed", "torch"));
  EXPECT_THAT(learners_of(planned(submission, "fake")), ElementsAre("fake", "fake"));
  EXPECT_THAT(keys_of(planned(submission, "fake")), SizeIs(2)) << "the script sees which was asked";
}

TEST(SweepPlan, ALearnerThatCannotIsRefused) {
  Submission submission = submission_of({1e-3});
  submission.spec.training.learner = LearnerName::packed;
  submission.spec.training.precision = Precision::bf16;

  const auto sweep =
      plan_sweep(submission, {.trainer = "torch", .supply = {.devices = WorkerDevices::cpu}}, noon);

  EXPECT_EQ(sweep.error().code, Errc::refused);
}

TEST(SweepPlan, ASilentFileFindsTheSweepThatItBeganByAnotherLearner) {
  Submission submission = submission_of({1e-3, 3e-3});
  submission.spec.training.learner = LearnerName::packed;
  const db::NewSweep by_packed = planned(submission);
  submission.spec.training.learner = LearnerName::torch;
  const db::NewSweep by_torch = planned(submission);
  submission.spec.training.learner.reset();
  const db::NewSweep silent = planned(submission);

  std::vector<std::string> identities = earlier_identities(silent, submission.spec);
  identities.push_back(silent.identity);

  EXPECT_THAT(identities, testing::UnorderedElementsAre(by_packed.identity, by_torch.identity));
  submission.spec.training.learner = LearnerName::torch;
  EXPECT_THAT(earlier_identities(by_torch, submission.spec), IsEmpty());
}

TEST(SweepPlan, AnExtensionGoesOnByTheLearnerOfTheSweepsLevels) {
  for (const LearnerName learner : {LearnerName::packed, LearnerName::torch}) {
    Submission first = submission_of({1e-3});
    first.spec.training.learner = learner;
    const db::NewSweep sweep = planned(first);
    Submission more = submission_of({1e-3, 3e-3});

    const auto added = plan_extension(planned(more), more.spec, stored(sweep));

    ASSERT_TRUE(added) << added.error().message;
    EXPECT_THAT(added->levels, SizeIs(2));
    EXPECT_EQ(added->levels[0].learner, sweep.levels[0].learner);
    EXPECT_EQ(added->levels[1].learner, sweep.levels[0].learner);
    EXPECT_EQ(added->levels[1].numerics, sweep.levels[0].numerics);
    EXPECT_THAT(added->runs, SizeIs(1)) << "the first level is there";
    more.spec.training.learner = learner;
    EXPECT_THAT(keys_of(planned(more)), Contains(added->runs[0].run_key));
  }
}

TEST(SweepPlan, AnExtensionThatNamesAnotherLearnerAddsItsLevels) {
  Submission submission = submission_of({1e-3});
  submission.spec.training.learner = LearnerName::torch;
  const db::StoredSweep known = stored(planned(submission));
  submission.spec.training.learner = LearnerName::packed;

  const auto added = plan_extension(planned(submission), submission.spec, known);

  ASSERT_TRUE(added) << added.error().message;
  EXPECT_THAT(learners_of(*added), ElementsAre("packed"));
  EXPECT_THAT(added->runs, SizeIs(1));
  EXPECT_THAT(added->levels[0].level, Not(known.levels[0].level));
}

TEST(SweepPlan, AnExtensionThatDecidesItsOwnReplicatesIsRefusedWithWhatToDo) {
  Submission more = submission_of({1e-5, 2e-5, 3e-5});
  more.refinement = Refinement{.until = 0.02, .first = 3, .most = 40};

  const Result<db::NewSweep> extension =
      plan_extension(planned(more), more.spec, stored(planned(submission_of({1e-5, 2e-5}))));

  ASSERT_FALSE(extension);
  EXPECT_EQ(extension.error().code, Errc::refused);
  EXPECT_THAT(extension.error().message,
              AllOf(HasSubstr("--set replicates=3"),
                    HasSubstr("tarama refine 1 --until 0.02 --first 3 --most 40")));
}

}  // namespace
}  // namespace tarama::orchestrator
