// Which runs have their beginnings in common.
#include "core/training/trajectory.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <vector>

namespace tarama {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// 10 steps an epoch.
LevelRecord level_of(std::int64_t number,
                     std::int64_t epochs,
                     Schedule schedule = Schedule::warmup_linear,
                     double warmup = 0) {
  LevelRecord level;
  level.level = LevelId{number};
  level.training.lr = 2e-5;
  level.training.epochs = epochs;
  level.training.schedule = schedule;
  level.training.warmup = warmup;
  level.learner = "packed";
  level.numerics = 1;
  level.inputs.data_fingerprint = "d";
  level.inputs.train_examples = 320;
  return level;
}

LevelRecord flat(std::int64_t number, std::int64_t epochs) {
  LevelRecord level = level_of(number, epochs);
  level.training.t_total = TTotal::none;
  return level;
}

TEST(Trajectory, RunsThatDifferInEpochsAloneHaveFlatRatesInCommon) {
  EXPECT_EQ(common_epochs(flat(1, 1), flat(2, 3)), 1);
  for (const Schedule schedule : {Schedule::none, Schedule::warmup_constant}) {
    EXPECT_EQ(common_epochs(level_of(1, 1, schedule), level_of(2, 3, schedule)), 1);
  }
}

TEST(Trajectory, RatesThatDependOnTheLengthAreNotCommon) {
  for (const Schedule schedule : {Schedule::warmup_linear,
                                  Schedule::warmup_cosine,
                                  Schedule::warmup_cosine_with_hard_restarts,
                                  Schedule::warmup_cosine_with_warmup_restarts}) {
    EXPECT_EQ(common_epochs(level_of(1, 1, schedule), level_of(2, 2, schedule)), 0);
  }
  EXPECT_EQ(common_epochs(level_of(1, 2, Schedule::warmup_constant, 0.1),
                          level_of(2, 3, Schedule::warmup_constant, 0.1)),
            0);
}

TEST(Trajectory, TheLastBitOfAFactorTellsStepsApart) {
  const LrSchedule a{Schedule::warmup_constant, 0.5, 20.0, 1.0};
  const LrSchedule b{Schedule::warmup_constant, 0.25, 40.0, 1.0};
  EXPECT_EQ(common_steps(a, b, 20), 20);  // both warm up over 10 steps
  const LrSchedule c{Schedule::warmup_constant, 0.25, 44.0, 1.0};
  EXPECT_EQ(common_steps(a, c, 20), 1);  // 0 is 0 in both
}

TEST(Trajectory, WhateverElseDiffersTellsRunsApart) {
  LevelRecord other = flat(2, 2);
  other.training.weight_decay = 0;
  EXPECT_EQ(common_epochs(flat(1, 1), other), 0);
  other = flat(2, 2);
  other.inputs.data_fingerprint = "e";
  EXPECT_EQ(common_epochs(flat(1, 1), other), 0);
  other = flat(2, 2);
  other.numerics = 2;
  EXPECT_EQ(common_epochs(flat(1, 1), other), 0);
}

TEST(Trajectory, EachLevelBeginsWithTheLongestThatIsItsBeginning) {
  LevelRecord apart = flat(4, 2);
  apart.training.dropout = 0;
  const std::vector<LevelRecord> levels = {flat(1, 4), flat(2, 1), flat(3, 2), apart, flat(5, 3)};
  EXPECT_THAT(beginnings_of(levels),
              UnorderedElementsAre(Pair(LevelId{1}, LevelId{5}),
                                   Pair(LevelId{5}, LevelId{3}),
                                   Pair(LevelId{3}, LevelId{2})));
}

TEST(Trajectory, OfLevelsWithOneTrajectoryTheFirstIsTheBeginningOfTheNext) {
  const std::vector<LevelRecord> levels = {level_of(1, 2, Schedule::none), flat(2, 2), flat(3, 2)};
  EXPECT_THAT(beginnings_of(levels),
              UnorderedElementsAre(Pair(LevelId{2}, LevelId{1}), Pair(LevelId{3}, LevelId{2})));
}

TEST(Trajectory, OfScriptedRunsTheLengthAloneMayDiffer) {
  std::vector<LevelRecord> levels = {flat(1, 1), flat(2, 2), level_of(3, 3, Schedule::none)};
  for (LevelRecord& level : levels) {
    level.learner = "fake";
  }
  EXPECT_THAT(beginnings_of(levels), UnorderedElementsAre(Pair(LevelId{2}, LevelId{1})));
}

TEST(Trajectory, LevelsOfTheDefaultScheduleHaveNoneInCommon) {
  std::vector<LevelRecord> levels;
  for (std::int64_t epochs = 1; epochs <= 4; ++epochs) {
    levels.push_back(level_of(epochs, epochs, Schedule::warmup_linear, 0.1));
  }
  EXPECT_THAT(beginnings_of(levels), IsEmpty());
}

TEST(Trajectory, ItsKeyIsOneForAllRunsThatHaveTheStepsInCommon) {
  const std::string key = trajectory_key(flat(1, 2), 7, 2);
  EXPECT_EQ(trajectory_key(flat(2, 5), 7, 2), key);
  EXPECT_EQ(trajectory_key(level_of(3, 2, Schedule::none), 7, 2), key);
  EXPECT_NE(trajectory_key(flat(1, 2), 8, 2), key);
  EXPECT_NE(trajectory_key(flat(1, 2), 7, 1), key);
  EXPECT_NE(trajectory_key(level_of(4, 2), 7, 2), key);
}

}  // namespace
}  // namespace tarama
