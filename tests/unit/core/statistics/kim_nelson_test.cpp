// Kim and Nelson's constants and promise, and the allocation of further runs against published
// examples.
#include "core/statistics/kim_nelson.hpp"

#include "core/statistics/ocba.hpp"
#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <vector>

namespace tarama::statistics {
namespace {

using testing::ElementsAre;

/// Levels with these means and spread 1, as many seeds each.
std::vector<LevelSample> levels_at(const std::vector<double>& means,
                                   int seeds,
                                   std::int64_t stream) {
  PhiloxStream numbers({.seed = stream, .place = Place::fake_noise});
  std::vector<LevelSample> samples;
  for (const double mean : means) {
    LevelSample sample{.level = LevelId{static_cast<std::int64_t>(samples.size()) + 1},
                       .values = {}};
    for (int seed = 1; seed <= seeds; ++seed) {
      sample.values.push_back({seed, mean + numbers.normal()});
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

TEST(KimNelson, ConstantsAreThePublishedOnes) {
  EXPECT_NEAR(kim_nelson_h2(2, 3, .95), 18.0, 1e-9);
  EXPECT_NEAR(kim_nelson_h2(2, 10, .95), 6.0129, 5e-5);
  EXPECT_NEAR(kim_nelson_h2(5, 5, .95), 21.2982, 5e-5);
  EXPECT_NEAR(kim_nelson_h2(8, 20, .95), 10.7149, 5e-5);
  EXPECT_NEAR(kim_nelson_h2(12, 5, .95), 37.9524, 5e-5);
  EXPECT_NEAR(kim_nelson_h2(24, 10, .95), 21.1350, 5e-5);
  EXPECT_NEAR(kim_nelson_h2(48, 3, .95), 938.0, 1e-9);
}

TEST(KimNelson, BelowTheFirstSeedsDropsNothing) {
  const ZoneVerdict verdict = within_zone(levels_at({0, 100}, 4, 1), {.within = 1});

  EXPECT_THAT(verdict.living, ElementsAre(0, 1));
  EXPECT_EQ(verdict.seeds, 4);
  EXPECT_FALSE(verdict.is_reached);
  EXPECT_EQ(verdict.runs_to_go, std::nullopt);
}

TEST(KimNelson, DropsWhatIsFarBehindAtOnceAndSaysWhatTheRestMayTake) {
  const ZoneVerdict verdict = within_zone(levels_at({0, -100, .1}, 5, 2), {.within = .5});

  EXPECT_THAT(verdict.dropped, ElementsAre(DroppedLevel{1, 5}));
  EXPECT_THAT(verdict.living, ElementsAre(0, 2));
  EXPECT_GT(verdict.runs_to_go.value(), 10);
}

TEST(KimNelson, SameValuesGiveTheSameVerdictWhateverCameBefore) {
  const auto all = levels_at({0, -.5, -1, -1.5}, 40, 3);
  const IndifferenceZone zone{.within = .5, .most = 1000};
  const ZoneVerdict at_once = within_zone(all, zone);

  // As it goes: a dropped level gets no further seed.
  std::vector<LevelSample> growing = all;
  for (LevelSample& sample : growing) {
    sample.values.resize(5);
  }
  ZoneVerdict step = within_zone(growing, zone);
  while (!step.is_reached && step.seeds < 40) {
    for (const std::size_t place : step.living) {
      const std::size_t next = growing[place].values.size();
      growing[place].values.push_back(all[place].values[next]);
    }
    step = within_zone(growing, zone);
  }

  EXPECT_EQ(step.living, at_once.living);
  EXPECT_EQ(step.dropped, at_once.dropped);
}

TEST(KimNelson, StopsAtTheMostSeeds) {
  const ZoneVerdict verdict = within_zone(levels_at({0, 0, 0}, 8, 4), {.within = .05, .most = 8});

  EXPECT_TRUE(verdict.is_exhausted);
  EXPECT_FALSE(verdict.is_reached);
}

TEST(KimNelson, TurnsRoundWhereLessIsBetter) {
  const ZoneVerdict verdict =
      within_zone(levels_at({0, 100}, 5, 1), {.goal = Goal::minimize, .within = 1});

  EXPECT_THAT(verdict.living, ElementsAre(0));
  EXPECT_TRUE(verdict.is_reached);
}

// 95 % promised; 400 sweeps: 3 standard errors are .033.
TEST(KimNelson, TheLevelThatIsLeftIsWithinTheZone) {
  int within = 0;
  for (std::int64_t sweep = 1; sweep <= 400; ++sweep) {
    const ZoneVerdict verdict =
        within_zone(levels_at({1, 0, 0, 0, 0, 0}, 200, sweep), {.within = 1, .most = 200});
    within += verdict.is_reached && verdict.living.front() == 0 ? 1 : 0;
  }
  EXPECT_GE(within, 400 * (.95 - .033));
}

// The SPOT package's example of Chen and Lee's book; smaller is better.
TEST(BudgetAllocation, IsThatOfChenAndLeesExample) {
  EXPECT_THAT(
      allocate_runs({{1.2, 3.3, 12}, {2.1, 2.0, 6}, {3.4, 4.5, 5}, {4.87, 5.3, 5}, {6.05, 6.9, 4}},
                    100,
                    Goal::minimize),
      ElementsAre(48, 38, 11, 2, 1));
}

TEST(BudgetAllocation, GivesNothingToLevelsThatHaveTheirShare) {
  std::vector<AllocationLevel> levels;
  for (int i = 1; i <= 10; ++i) {
    levels.push_back({static_cast<double>(i), static_cast<double>(i), 4});
  }
  EXPECT_THAT(allocate_runs(levels, 3, Goal::minimize), ElementsAre(1, 2, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(allocate_runs({{1, 1, 5}, {2, 2, 5}, {3, 3, 5}, {4, 4, 5}}, 10, Goal::maximize),
              ElementsAre(0, 0, 4, 6));
}

}  // namespace
}  // namespace tarama::statistics
