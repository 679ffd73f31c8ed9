// Rungs whose runs are whole ones: who is tried again, and when that is certain.
#include "core/search/restarts.hpp"

#include "core/search/grid.hpp"
#include "core/search/rung_book.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <limits>

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Epochs 1, 3, and 9 of a whole run.
const Rungs one_three_nine{.eta = 3, .first = 1, .end = 9, .restart = "epochs"};

RungLevel over(std::int64_t id, std::int64_t epochs, double value, std::int64_t rest = 0) {
  return {LevelId{id}, std::to_string(rest == 0 ? id : rest), epochs, true, value};
}

RungLevel open(std::int64_t id, std::int64_t epochs, std::int64_t rest = 0) {
  return {LevelId{id}, std::to_string(rest == 0 ? id : rest), epochs, false, std::nullopt};
}

RungLevel failed(std::int64_t id, std::int64_t epochs) {
  return {LevelId{id}, std::to_string(id), epochs, true, std::nullopt};
}

Restarts next(const std::vector<RungLevel>& levels, Goal goal = Goal::maximize) {
  return next_restarts(one_three_nine, goal, levels);
}

Restart again(std::int64_t level, std::int64_t epochs) {
  return {LevelId{level}, epochs};
}

TEST(Restarts, LieAnEtaThOfTheWholeApart) {
  EXPECT_THAT(rung_places(one_three_nine), ElementsAre(1, 3));
  EXPECT_THAT(rung_places({.eta = 3, .first = 1, .end = 10, .restart = "epochs"}),
              ElementsAre(1, 3));
  EXPECT_THAT(rung_places({.eta = 2, .first = 3, .end = 27, .restart = "epochs"}),
              ElementsAre(3, 7, 14));
  EXPECT_THAT(rung_places({.eta = 3, .first = .1, .end = 2, .restart = "epochs"}), ElementsAre(1));
  EXPECT_THAT(rung_places({.eta = 3, .first = 1, .end = 1, .restart = "epochs"}), IsEmpty());
}

TEST(Restarts, TryTheBestOfARungAgainOnceAllOfItAreOver) {
  const std::vector<RungLevel> rung = {over(1, 1, .5),
                                       over(2, 1, .9),
                                       over(3, 1, .7),
                                       over(4, 1, .8),
                                       over(5, 1, .6),
                                       over(6, 1, .4)};

  EXPECT_EQ(next(rung), (Restarts{{again(2, 3), again(4, 3)}, 1, 9, false}));
  EXPECT_EQ(next(rung, Goal::minimize), (Restarts{{again(6, 3), again(1, 3)}, 1, 9, false}));
}

TEST(Restarts, AreMadeAsSoonAsTheyAreCertain) {
  // Of six, two go on: with one to come the best is among them, whatever that one comes to.
  const std::vector<RungLevel> rung = {
      over(1, 1, .5), over(2, 1, .9), open(3, 1), over(4, 1, .8), over(5, 1, .6), over(6, 1, .4)};

  EXPECT_EQ(next(rung), (Restarts{{again(2, 3)}, 2, 12, false}));
  EXPECT_EQ(next({open(1, 1), open(2, 1), over(3, 1, 1.0)}), (Restarts{{}, 2, 12, false}));
}

TEST(Restarts, AreMadeOnce) {
  std::vector<RungLevel> levels = {over(1, 1, .5), over(2, 1, .9), over(3, 1, .7)};
  levels.push_back(open(4, 3, 2));
  EXPECT_EQ(next(levels), (Restarts{{}, 1, 9, false}));

  levels.back() = over(4, 3, .95, 2);
  EXPECT_EQ(next(levels), (Restarts{{again(4, 9)}, 0, 0, false}));

  levels.push_back(open(5, 9, 2));
  EXPECT_EQ(next(levels), (Restarts{{}, 0, 0, false}));

  levels.back() = over(5, 9, .96, 2);
  EXPECT_EQ(next(levels), (Restarts{{}, 0, 0, true}));
}

TEST(Restarts, LeaveOutWhatHasNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(next({failed(1, 1), over(2, 1, nan), over(3, 1, .1)}),
            (Restarts{{again(3, 3)}, 1, 9, false}));
  EXPECT_EQ(next({failed(1, 1), failed(2, 1), over(3, 1, nan)}), (Restarts{{}, 0, 0, true}));
}

TEST(Restarts, OfEqualValuesTakeTheFirst) {
  EXPECT_EQ(next({over(1, 1, .5), over(2, 1, .5), over(3, 1, .5)}).now, (std::vector{again(1, 3)}));
}

TEST(Restarts, GoOnBySoManyMoreWhereLevelsAreAdded) {
  std::vector<RungLevel> levels = {
      over(1, 1, .5), over(2, 1, .9), over(3, 1, .7), over(4, 3, .9, 2)};
  levels.push_back(over(5, 9, .9, 2));
  ASSERT_TRUE(next(levels).is_done);

  levels.insert(levels.end(), {over(6, 1, .8), over(7, 1, .1), over(8, 1, .2)});

  EXPECT_THAT(next(levels).now, ElementsAre(again(6, 3)));
}

TEST(Restarts, CompareTheLevelsOfABracketAlone) {
  Rungs rungs = one_three_nine;
  rungs.brackets = 2;
  // Two of bracket 0, which begin with 1; two of bracket 1, which begin with 3.
  const Restarts restarts = next_restarts(
      rungs,
      Goal::maximize,
      {over(1, 1, .1), over(2, 1, .2), over(3, 3, .8), over(4, 3, .9), over(5, 3, .3, 2)});

  EXPECT_EQ(restarts, (Restarts{{again(5, 9), again(4, 9)}, 0, 0, false}));
}

TEST(Restarts, SayHowManyThereWillBe) {
  EXPECT_THAT(expected_restarts(one_three_nine, 30), ElementsAre(Pair(3, 10), Pair(9, 3)));
  EXPECT_THAT(expected_restarts(one_three_nine, 2), ElementsAre(Pair(3, 1), Pair(9, 1)));
  EXPECT_THAT(expected_restarts(one_three_nine, 0), ElementsAre(Pair(3, 0), Pair(9, 0)));
}

SweepSpec of_epochs(Rungs rungs) {
  SweepSpec spec;
  spec.training.lr = 1e-3;
  spec.parameters = {{.key = "lr", .values = {1e-3, 1e-4, 1e-5}},
                     {.key = "epochs", .values = {std::int64_t{9}}}};
  spec.rungs = std::move(rungs);
  return spec;
}

std::vector<std::int64_t> epochs_of(const SweepSpec& spec) {
  std::vector<std::int64_t> epochs;
  for (const Level& level : expand_levels(spec).value()) {
    epochs.push_back(level.training.epochs);
  }
  return epochs;
}

TEST(Restarts, BeginWithWhatTheFirstRungOfTheirBracketGives) {
  Rungs hyperband = one_three_nine;
  hyperband.brackets = 3;

  EXPECT_THAT(epochs_of(of_epochs(one_three_nine)), ElementsAre(1, 1, 1));
  const std::vector<std::int64_t> of_all = epochs_of(of_epochs(hyperband));
  for (std::size_t level = 0; level < of_all.size(); ++level) {
    const std::int64_t bracket =
        bracket_of(hyperband, LevelId{static_cast<std::int64_t>(level) + 1});
    EXPECT_EQ(of_all[level],
              (std::vector<std::int64_t>{1, 3, 9}.at(static_cast<std::size_t>(bracket))));
  }
}

}  // namespace
}  // namespace tarama::test
