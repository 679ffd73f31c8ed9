// Which models stay, while a sweep goes on and at its end.
#include "core/statistics/models_to_keep.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::statistics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A level with these values, at the seeds 1, 2, ...
LevelEvidence level_of(std::int64_t number, const std::vector<double>& values) {
  LevelEvidence level;
  level.outcome.level = LevelId{number};
  level.outcome.values = values;
  level.outcome.planned = static_cast<std::int64_t>(values.size());
  level.outcome.steps_per_run = 10;
  for (std::size_t seed = 1; seed <= values.size(); ++seed) {
    level.outcome.seeds.push_back(static_cast<std::int64_t>(seed));
  }
  return level;
}

/// ... and as many runs that are not done.
LevelEvidence unfinished(LevelEvidence level, std::int64_t runs = 1) {
  level.outcome.planned += runs;
  return level;
}

LevelEvidence with_failed(LevelEvidence level, std::int64_t diverged) {
  ++level.outcome.planned;
  ++level.outcome.failed;
  level.outcome.diverged = diverged;
  return level;
}

TEST(ModelsToKeep, ALevelThatIsClearlyBehindGoesWhileOthersAreTrained) {
  const std::vector<LevelEvidence> levels = {level_of(1, {0.90, 0.91, 0.92}),
                                             level_of(2, {0.50, 0.51, 0.53}),
                                             level_of(3, {0.89, 0.92, 0.92}),
                                             unfinished(level_of(4, {}))};

  EXPECT_THAT(clearly_behind(levels, {}), ElementsAre(LevelId{2}));
}

TEST(ModelsToKeep, NothingGoesBeforeItsReplicatesAreComplete) {
  EXPECT_THAT(
      clearly_behind({level_of(1, {0.90, 0.91, 0.92}), unfinished(level_of(2, {0.50, 0.51}))}, {}),
      IsEmpty());
  EXPECT_THAT(
      clearly_behind({unfinished(level_of(1, {0.90, 0.91})), level_of(2, {0.50, 0.51, 0.53})}, {}),
      IsEmpty());
}

TEST(ModelsToKeep, WithOneRunALevelTheBestByItsValueStays) {
  const std::vector<LevelEvidence> levels = {
      level_of(1, {0.8}), level_of(2, {0.9}), level_of(3, {0.7})};

  EXPECT_THAT(clearly_behind(levels, {}), ElementsAre(LevelId{1}, LevelId{3}));
  EXPECT_THAT(clearly_behind(levels, {.comparison = {.goal = Goal::minimize}}),
              ElementsAre(LevelId{1}, LevelId{2}));
  EXPECT_THAT(kept_at_the_end(levels, {}), ElementsAre(LevelId{2}));
}

TEST(ModelsToKeep, AtTheEndWhatIsTiedWithTheBestStays) {
  const std::vector<LevelEvidence> levels = {level_of(1, {0.90, 0.91, 0.92}),
                                             level_of(2, {0.50, 0.51, 0.53}),
                                             level_of(3, {0.89, 0.92, 0.92})};

  EXPECT_THAT(kept_at_the_end(levels, {}), ElementsAre(LevelId{1}, LevelId{3}));
}

TEST(ModelsToKeep, ALevelWithAFailedRunStaysForARetryAndADivergedOneDoesNot) {
  const std::vector<LevelEvidence> levels = {level_of(1, {0.90, 0.91, 0.92}),
                                             with_failed(level_of(2, {0.10, 0.11}), 0),
                                             with_failed(level_of(3, {0.10, 0.12}), 1)};

  EXPECT_THAT(kept_at_the_end(levels, {}), ElementsAre(LevelId{1}, LevelId{2}));
}

TEST(ModelsToKeep, WhereNothingSucceededNothingIsToBeKept) {
  EXPECT_THAT(kept_at_the_end({unfinished(level_of(1, {})), unfinished(level_of(2, {}))}, {}),
              IsEmpty());
}

TEST(ModelsToKeep, WhatGoesOnTheWayWouldNotStayAtTheEnd) {
  // 3 of 40 levels are done: the error is shared over all that are planned.
  std::vector<LevelEvidence> levels = {level_of(1, {0.900, 0.915, 0.910}),
                                       level_of(2, {0.880, 0.905, 0.885}),
                                       level_of(3, {0.870, 0.890, 0.893})};
  for (std::int64_t level = 4; level <= 40; ++level) {
    levels.push_back(unfinished(level_of(level, {}), 3));
  }
  const std::set<LevelId> early = clearly_behind(levels, {});
  for (std::int64_t level = 4; level <= 40; ++level) {
    levels[static_cast<std::size_t>(level - 1)] = level_of(level, {0.5, 0.52, 0.54});
  }

  const std::set<LevelId> kept = kept_at_the_end(levels, {});

  for (const LevelId level : early) {
    EXPECT_FALSE(kept.contains(level)) << level.value;
  }
}

}  // namespace
}  // namespace tarama::statistics
