// Which levels get which further seeds, when that is over, and whether it keeps its promise.
#include "core/search/refine_policy.hpp"

#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>
#include <iterator>
#include <vector>

namespace tarama {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;

RefinedLevel refined(std::int64_t id, const std::vector<double>& values) {
  RefinedLevel level;
  level.sample.level = LevelId{id};
  for (const double value : values) {
    const auto seed = static_cast<std::int64_t>(level.sample.values.size()) + 1;
    level.sample.values.push_back({seed, value});
    level.planned.insert(seed);
  }
  return level;
}

RefinementStage until(double within, std::int64_t most = 20) {
  return {.asked = {.until = within, .most = most}};
}

RefinementStage budget(std::int64_t runs, std::int64_t runs_before) {
  return {.asked = {.budget = runs}, .runs_before = runs_before};
}

RefineRound next(const RefinementStage& stage, const std::vector<RefinedLevel>& levels) {
  return next_round(stage, levels, {.resolution = .001});
}

const std::vector<double> good = {.80, .82, .81, .83, .80};
const std::vector<double> as_good = {.81, .80, .82, .81, .83};
const std::vector<double> bad = {.50, .51, .50, .52, .50};

TEST(RefinePolicy, FirstGivesEveryLevelItsFirstSeeds) {
  const RefineRound round = next(until(.005), {refined(1, {.8, .81, .8, .82}), refined(2, {.7})});

  EXPECT_THAT(round.more,
              ElementsAre(SeedOfLevel{1, 2},
                          SeedOfLevel{1, 3},
                          SeedOfLevel{1, 4},
                          SeedOfLevel{0, 5},
                          SeedOfLevel{1, 5}));
  EXPECT_FALSE(round.is_done);
}

TEST(RefinePolicy, GoesOnWithTheLevelsThatMayBeTheBest) {
  const RefineRound round =
      next(until(.005), {refined(1, good), refined(2, as_good), refined(3, bad)});

  EXPECT_THAT(round.more, AllOf(Contains(SeedOfLevel{0, 6}), Contains(SeedOfLevel{1, 6})));
  EXPECT_THAT(round.more, Each(Field(&SeedOfLevel::place, Lt(2U))));
  EXPECT_THAT(round.looks, ElementsAre(Look{LevelId{3}, 5}));
  EXPECT_EQ(round.levels_left, 2);
  EXPECT_GT(round.runs_to_go.value(), 2);
}

TEST(RefinePolicy, IsDoneWithTheLevelThatIsLeft) {
  const RefineRound round = next(until(.05), {refined(1, good), refined(2, bad)});

  EXPECT_TRUE(round.is_done);
  EXPECT_EQ(round.reached, LevelId{1});
  EXPECT_EQ(round.outcome, "within 0.05 of the best, with 95 % confidence");
  EXPECT_THAT(round.more, IsEmpty());
}

TEST(RefinePolicy, SaysWhatItWouldNeedWhereTheMostSeedsAreSpent) {
  const RefineRound round = next(until(.001, 5), {refined(1, good), refined(2, as_good)});

  EXPECT_TRUE(round.is_done);
  EXPECT_EQ(round.reached, std::nullopt);
  EXPECT_THAT(round.outcome,
              AllOf(HasSubstr("no level is known to be within 0.001 of the best with 5 seeds"),
                    HasSubstr("it would need about")));
}

// Decisions are taken on seeds that all have: one that is lost for a level is lost for all.
TEST(RefinePolicy, ASeedThatFailedIsMadeUpForAtEveryLevel) {
  RefinedLevel failing = refined(1, good);
  failing.sample.values.erase(failing.sample.values.begin() + 2);

  EXPECT_THAT(next(until(.005, 5), {failing, refined(2, as_good)}).more,
              ElementsAre(SeedOfLevel{0, 6}, SeedOfLevel{1, 6}));
}

TEST(RefinePolicy, DoesNotMakeUpForEver) {
  RefinedLevel failing = refined(1, good);
  failing.planned = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const RefinedLevel other = refined(2, {.8, .8, .81, .82, .8, .8, .8, .81, .82, .8});

  EXPECT_TRUE(next(until(.0001, 5), {failing, other}).is_done);
}

TEST(RefinePolicy, LeavesOutWhatMostlyFails) {
  RefinedLevel failing = refined(1, {.9});
  failing.planned = {1, 2, 3};

  EXPECT_EQ(next(until(.05), {failing, refined(2, good), refined(3, bad)}).reached, LevelId{2});
}

TEST(RefinePolicy, SpendsABudgetWhereItTellsMost) {
  const std::vector<RefinedLevel> levels = {refined(1, good), refined(2, as_good), refined(3, bad)};

  const RefineRound round = next(budget(10, 15), levels);

  EXPECT_EQ(round.more.size(), 4U);
  EXPECT_TRUE(std::ranges::all_of(
      round.more, [](const SeedOfLevel& run) { return run.place < 2 && run.seed >= 6; }));
  EXPECT_EQ(round.runs_to_go, 6);
  const RefineRound over = next(budget(10, 5), levels);
  EXPECT_TRUE(over.is_done);
  EXPECT_EQ(over.outcome, "10 runs are spent");
}

TEST(RefinePolicy, NeverSpendsMoreThanTheBudgetOnFirstSeeds) {
  EXPECT_THAT(next(budget(3, 2), {refined(1, {.8}), refined(2, {.7})}).more,
              ElementsAre(SeedOfLevel{0, 2}, SeedOfLevel{0, 3}, SeedOfLevel{0, 4}));
}

TEST(RefinePolicy, WhatIsNotEnoughForAllGoesToTheBestLevels) {
  const std::vector<RefinedLevel> levels = {
      refined(1, {.7}), refined(2, {.9}), refined(3, {.6}), refined(4, {.8})};
  RefinementStage stage = budget(5, 4);
  stage.asked.first = 3;

  EXPECT_THAT(next(stage, levels).more,
              ElementsAre(SeedOfLevel{1, 2},
                          SeedOfLevel{1, 3},
                          SeedOfLevel{3, 2},
                          SeedOfLevel{3, 3},
                          SeedOfLevel{0, 2}));
  EXPECT_EQ(next_round(stage, levels, {.goal = Goal::minimize}).more.front(), (SeedOfLevel{2, 2}));
}

TEST(RefinePolicy, WithoutAnyResultThereIsNothingToDo) {
  EXPECT_TRUE(next(until(.005), {refined(1, {})}).is_done);
}

/// Levels of known means and spread 1, with the seeds' share in common; runs until it is done.
struct Spent {
  RefineRound last;
  std::int64_t runs = 0;
  std::int64_t seeds = 0;  // of the level that got most
};

enum class Pace { as_planned, seed_by_seed };

/// What is left of a round where each level gets one seed at a time.
std::vector<SeedOfLevel> paced(const std::vector<SeedOfLevel>& more, Pace pace) {
  std::vector<SeedOfLevel> now;
  std::ranges::copy_if(more, std::back_inserter(now), [&](const SeedOfLevel& each) {
    return pace == Pace::as_planned || each.seed == more.front().seed;
  });
  return now;
}

Spent play(const std::vector<double>& means,
           double within,
           std::int64_t trial,
           Pace pace = Pace::as_planned) {
  std::vector<RefinedLevel> levels(means.size());
  for (std::size_t i = 0; i < means.size(); ++i) {
    levels[i].sample.level = LevelId{static_cast<std::int64_t>(i) + 1};
  }
  Spent spent;
  // Every level needs a value to be a candidate: its first seed is planned by the grid.
  std::vector<SeedOfLevel> more;
  for (std::size_t i = 0; i < means.size(); ++i) {
    more.push_back({i, 1});
  }
  while (!more.empty()) {
    for (const auto& [place, seed] : more) {
      PhiloxStream common({.seed = trial, .place = Place::fake_noise, .step = seed});
      PhiloxStream own({.seed = trial + 1'000'000 * (static_cast<std::int64_t>(place) + 1),
                        .place = Place::fake_noise,
                        .step = seed});
      const double noise = .6 * common.normal() + .8 * own.normal();
      levels[place].sample.values.push_back({seed, means[place] + noise});
      levels[place].planned.insert(seed);
      spent.seeds = std::max(spent.seeds, seed);
      ++spent.runs;
    }
    spent.last = next_round(until(within, 400), levels, {});
    more = paced(spent.last.more, pace);
  }
  return spent;
}

// Seeds ahead keep many workers busy; what is decided is what single seeds would decide.
TEST(RefinePolicy, SeveralSeedsAtOnceChangeNoDecisionAndCostLittle) {
  const std::vector<double> means = {0, 1, .9, .8, -2, -2};
  std::int64_t at_once = 0;
  std::int64_t one_by_one = 0;
  std::size_t largest = 0;
  for (int trial = 1; trial <= 20; ++trial) {
    const Spent fast = play(means, .3, trial);
    const Spent slow = play(means, .3, trial, Pace::seed_by_seed);
    EXPECT_EQ(fast.last.looks, slow.last.looks);
    EXPECT_EQ(fast.last.reached, slow.last.reached);
    at_once += fast.runs;
    one_by_one += slow.runs;
  }

  EXPECT_GE(at_once, one_by_one);
  EXPECT_LT(static_cast<double>(at_once), 1.1 * static_cast<double>(one_by_one));
  largest = next(until(.0005), {refined(1, good), refined(2, as_good)}).more.size();
  EXPECT_EQ(largest, 16U);
}

TEST(RefinePolicy, KeepsItsPromiseAndSpendsLessThanEqualAllocation) {
  constexpr int trials = 100;
  int kept = 0;
  std::int64_t runs = 0;
  std::int64_t equal = 0;
  const std::vector<double> means = {0, 1, -.5, -1, -2, -2};
  for (int trial = 1; trial <= trials; ++trial) {
    const Spent spent = play(means, .5, trial);
    kept += spent.last.reached == LevelId{2} ? 1 : 0;  // every other is more than .5 behind
    runs += spent.runs;
    equal += spent.seeds * static_cast<std::int64_t>(means.size());
  }

  EXPECT_GE(kept, 89);  // 95 of 100, less 2.75 standard errors
  EXPECT_LT(static_cast<double>(runs), .6 * static_cast<double>(equal));
}

TEST(RefinePolicy, SameRowsGiveTheSameRunsWhateverWasThoughtBefore) {
  const std::vector<RefinedLevel> levels = {refined(1, good), refined(2, as_good), refined(3, bad)};

  EXPECT_EQ(next(until(.005), levels), next(until(.005), levels));
}

}  // namespace
}  // namespace tarama
