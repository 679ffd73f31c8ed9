// By what a level is trained.
#include "core/sweep/learner_choice.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama {
namespace {

using testing::HasSubstr;

TrainingSettings asking_for(std::optional<LearnerName> learner,
                            Precision precision = Precision::fp32) {
  TrainingSettings training;
  training.learner = learner;
  training.precision = precision;
  return training;
}

LevelRecord level_by(const std::string& learner, Precision precision = Precision::fp32) {
  LevelRecord level;
  level.learner = learner;
  level.training.precision = precision;
  return level;
}

TEST(LearnerChoice, TakesTheDefaultWhereNothingElseDecides) {
  EXPECT_EQ(learner_for(asking_for({}), {}).value(), default_learner);
}

TEST(LearnerChoice, TakesWhatIsWishedForAndTorchForBf16OnCpus) {
  const TrainingSettings in_bf16 = asking_for({}, Precision::bf16);

  EXPECT_EQ(learner_for(asking_for({}), {.devices = WorkerDevices::cuda}).value(),
            LearnerName::packed);
  EXPECT_EQ(learner_for(in_bf16, {.devices = WorkerDevices::cuda}).value(), LearnerName::packed);
  const LearnerSupply old_gpus{.devices = WorkerDevices::cuda, .wished = LearnerName::torch};
  EXPECT_EQ(learner_for(asking_for({}), old_gpus).value(), LearnerName::torch);
  EXPECT_EQ(learner_for(in_bf16, {}).value(), LearnerName::torch);
  EXPECT_EQ(learner_for(in_bf16, {.devices = WorkerDevices::both}).value(), LearnerName::torch);
}

TEST(LearnerChoice, TakesWhatTheWorkerProgramHas) {
  const LearnerSupply without_libtorch{.learners = {LearnerName::packed}};

  EXPECT_EQ(learner_for(asking_for({}), without_libtorch).value(), LearnerName::packed);
  EXPECT_THAT(learner_for(asking_for(LearnerName::torch), without_libtorch).error().message,
              HasSubstr("build it with TARAMA_WITH_TORCH=ON"));
  EXPECT_EQ(learner_for(asking_for({}, Precision::bf16), without_libtorch).error().code,
            Errc::refused);
}

TEST(LearnerChoice, TakesTheNamedOneOrSaysWhyNot) {
  const auto packed = asking_for(LearnerName::packed);

  EXPECT_EQ(learner_for(packed, {}).value(), LearnerName::packed);
  EXPECT_EQ(learner_for(packed, {.devices = WorkerDevices::both}).value(), LearnerName::packed);
  EXPECT_EQ(learner_for(packed, {.devices = WorkerDevices::cuda}).value(), LearnerName::packed);
  const auto in_bf16 = asking_for(LearnerName::packed, Precision::bf16);
  EXPECT_EQ(learner_for(in_bf16, {.devices = WorkerDevices::cuda}).value(), LearnerName::packed);
  EXPECT_THAT(learner_for(in_bf16, {}).error().message,
              HasSubstr("take learner: torch for precision: bf16, or precision: fp32"));
  EXPECT_THAT(learner_for(in_bf16, {.devices = WorkerDevices::both}).error().message,
              HasSubstr("or GPUs alone (resources.devices: cuda:0)"));
}

TEST(LearnerChoice, OnGpusTakesWhatCanUseThem) {
  const LearnerSupply no_torch{.devices = WorkerDevices::cuda, .on_gpus = {LearnerName::packed}};

  EXPECT_EQ(learner_for(asking_for({}), no_torch).value(), LearnerName::packed);
  EXPECT_EQ(learner_for(asking_for({}, Precision::bf16), no_torch).value(), LearnerName::packed);
  EXPECT_THAT(learner_for(asking_for(LearnerName::torch), no_torch).error().message,
              HasSubstr("cannot train by the torch learner on GPUs here"));
}

TEST(LearnerChoice, ASweepKeepsWhatItsLevelsName) {
  EXPECT_EQ(kept_learner({level_by("packed", Precision::bf16)}, asking_for({}, Precision::bf16)),
            LearnerName::packed)
      << "on GPUs";
  EXPECT_EQ(kept_learner({level_by("torch")}, asking_for({})), LearnerName::torch);
  EXPECT_EQ(kept_learner({level_by("packed"), level_by("packed")}, asking_for({})),
            LearnerName::packed);
  // Of its own precision, where there are such levels.
  EXPECT_EQ(kept_learner({level_by("packed"), level_by("torch", Precision::bf16)}, asking_for({})),
            LearnerName::packed);
  EXPECT_EQ(kept_learner({level_by("torch", Precision::bf16)}, asking_for({})), LearnerName::torch);
}

TEST(LearnerChoice, NothingIsKeptWhereLevelsDifferOrCannot) {
  EXPECT_EQ(kept_learner({level_by("packed"), level_by("torch")}, asking_for({})), std::nullopt);
  EXPECT_EQ(kept_learner({level_by("packed")}, asking_for({}, Precision::bf16)), std::nullopt);
  EXPECT_EQ(kept_learner({level_by("fake")}, asking_for({})), std::nullopt);
}

}  // namespace
}  // namespace tarama
