// Which runs go on at a rung, held against a list that is sorted anew for each decision.
#include "core/search/rung_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <string>

namespace tarama {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointwise;

/// A program that is to have as small a `cost` as it can.
SweepSpec of_program(double first, std::optional<double> end = std::nullopt, std::int64_t eta = 3) {
  SweepSpec spec;
  spec.program = ProgramSpec{};
  spec.metric = {.name = MetricName::reported, .goal = Goal::minimize, .program_name = "cost"};
  spec.rungs = Rungs{.eta = eta, .first = first, .end = end};
  return spec;
}

SweepSpec of_built_in_trainer() {
  SweepSpec spec;
  spec.metric = {.name = MetricName::mcc, .goal = Goal::maximize};
  spec.rungs = Rungs{};
  return spec;
}

/// Judges the run and takes down what was decided.
std::vector<RungRow> judged(RungBook& book,
                            std::int64_t run,
                            const std::vector<MetricPoint>& values,
                            std::int64_t planned_steps = 0) {
  const std::vector<RungRow> rows = book.judge({RunId{run}, LevelId{run}, planned_steps}, values);
  for (const RungRow& row : rows) {
    book.add(row);
  }
  return rows;
}

bool goes_on(RungBook& book, std::int64_t run, const std::vector<MetricPoint>& values) {
  static_cast<void>(judged(book, run, values));
  return !book.verdict_on(RunId{run});
}

TEST(RungBook, RungsLieEtaTimesAsFarAsTheOneBefore) {
  EXPECT_THAT(rung_places({.eta = 3, .first = 1, .end = 81}), ElementsAre(1, 3, 9, 27));
  EXPECT_THAT(rung_places({.eta = 2, .first = 10, .end = 81}), ElementsAre(10, 20, 40, 80));
  EXPECT_THAT(rung_places(Rungs{}), Pointwise(DoubleNear(1e-12), {1.0 / 9, 1.0 / 3}));
  EXPECT_EQ(rung_places({.eta = 3, .first = 1, .end = std::nullopt}).back(), 5559060566555523);
}

TEST(RungBook, TheFirstWhoComesGoesOnAndThenOneOfEta) {
  RungBook book(of_program(1));

  EXPECT_TRUE(goes_on(book, 1, {{1, 5}}));
  EXPECT_FALSE(goes_on(book, 2, {{1, 6}}));
  EXPECT_TRUE(goes_on(book, 3, {{1, 4}}));
  EXPECT_FALSE(goes_on(book, 4, {{1, 4.5}}));
  EXPECT_FALSE(goes_on(book, 5, {{1, 4.5}}));
  EXPECT_TRUE(goes_on(book, 6, {{1, 4.25}}));  // of six the best two
}

TEST(RungBook, WhoIsAsGoodAsTheLastThatGoesOnGoesOn) {
  RungBook book(of_program(1));

  EXPECT_TRUE(goes_on(book, 1, {{1, 5}}));
  EXPECT_TRUE(goes_on(book, 2, {{1, 5}}));
}

TEST(RungBook, WhatIsNoNumberGoesNowhere) {
  RungBook book(of_program(1));

  EXPECT_FALSE(goes_on(book, 1, {{1, NAN}}));
  EXPECT_TRUE(goes_on(book, 2, {{1, 7}}));
}

TEST(RungBook, ADecisionIsThatOfAListSortedAnew) {
  std::mt19937 numbers(7);
  for (const Goal goal : {Goal::minimize, Goal::maximize}) {
    for (const std::int64_t eta : {2, 3, 4}) {
      SweepSpec spec = of_program(1, std::nullopt, eta);
      spec.metric.goal = goal;
      RungBook book(spec);
      std::map<std::int64_t, std::vector<double>> seen;  // by rung
      for (std::int64_t run = 1; run <= 300; ++run) {
        std::vector<MetricPoint> values;
        std::vector<RungRow> expected;
        bool is_on = true;
        std::int64_t step = 1;
        for (std::int64_t rung = 0; rung < 5; ++rung, step *= eta) {
          const double value = static_cast<double>(numbers() % 40);
          values.push_back({step, value});
          if (!is_on) {
            continue;
          }
          std::vector<double>& others = seen[rung];
          others.push_back(value);
          std::ranges::sort(others);
          if (goal == Goal::maximize) {
            std::ranges::reverse(others);
          }
          const std::size_t last = std::max<std::size_t>(others.size() / eta, 1) - 1;
          is_on = goal == Goal::maximize ? value >= others[last] : value <= others[last];
          expected.push_back({.run = RunId{run},
                              .rung = rung,
                              .place = static_cast<std::int64_t>(others.size()),
                              .step = step,
                              .value = value,
                              .decision = is_on ? RungDecision::goes_on : RungDecision::stopped});
        }
        ASSERT_EQ(judged(book, run, values), expected) << "eta " << eta << ", run " << run;
      }
    }
  }
}

/// What Optuna 5.0.0's SuccessiveHalvingPruner does with 120 runs (tools/asha_peers.py, November
/// 2026): of each run the rung from 1 at which it is stopped, or 0.
struct PeersDecisions {
  Goal goal;
  std::int64_t eta;
  const char* stopped_at;
};

const PeersDecisions peers_decisions[] = {
    {Goal::minimize,
     2,
     "011011112151221121110315112312212232113233211110212341242141"
     "231323125112242141010101221121511101211124121311111141311131"},
    {Goal::minimize,
     3,
     "011011112121211111111112111112211232113112211113212321201111"
     "211321113112211121211111121111211101211111121311111121111121"},
    {Goal::minimize,
     4,
     "011011112111211111111112111112211232112111211111212321231111"
     "211321113112211121111111121111211131111111121111111111111111"},
    {Goal::maximize,
     2,
     "023112121214113213321131331121121111241111122321121114115212"
     "115111211321111215141213113312133512132511512122222312132212"},
    {Goal::maximize,
     3,
     "023112121214112113111131321121111111231111122111121113111212"
     "113111111211111211131213112311131112132311412112222212121112"},
    {Goal::maximize,
     4,
     "023111121112112112111121121111111111121111122111121113111212"
     "113111111111111111121211111311111112112311412112212212121111"}};

TEST(RungBook, StopsTheRunsThatOptunaStops) {
  for (const PeersDecisions& peer : peers_decisions) {
    SweepSpec spec = of_program(1, std::nullopt, peer.eta);
    spec.metric.goal = peer.goal;
    RungBook book(spec);
    std::uint64_t state = 1;
    std::string stopped_at;
    for (std::int64_t run = 1; run <= 120; ++run) {
      std::vector<MetricPoint> values;
      for (std::int64_t step = 1; values.size() < 5; step *= peer.eta) {
        state = (state * 1103515245 + 12345) % (1U << 31U);
        values.push_back({step, static_cast<double>(state / 256 % 40)});
      }
      const RungRow last = judged(book, run, values).back();
      const bool is_stopped = last.decision == RungDecision::stopped;
      stopped_at += is_stopped ? std::to_string(last.rung + 1) : "0";
    }
    EXPECT_EQ(stopped_at, peer.stopped_at) << "eta " << peer.eta;
  }
}

TEST(RungBook, IsWhereItWasOnceItHasItsRows) {
  std::mt19937 numbers(11);
  RungBook book(of_program(1));
  std::vector<RungRow> rows;
  for (std::int64_t run = 1; run <= 50; ++run) {
    std::vector<MetricPoint> values;
    for (const std::int64_t step : {1, 3, 9}) {
      values.push_back({step, static_cast<double>(numbers() % 100)});
    }
    RungBook again(of_program(1));
    for (const RungRow& row : rows) {
      again.add(row);
    }
    EXPECT_EQ(again.judge({RunId{run}, LevelId{run}}, values),
              book.judge({RunId{run}, LevelId{run}}, values));
    const std::vector<RungRow> added = judged(book, run, values);
    rows.insert(rows.end(), added.begin(), added.end());
  }
}

TEST(RungBook, ADecisionIsNotTakenAgainWhateverIsReportedLater) {
  RungBook book(of_program(1));
  static_cast<void>(judged(book, 1, {{1, 5}}));
  ASSERT_FALSE(goes_on(book, 2, {{1, 6}}));

  EXPECT_THAT(judged(book, 1, {{1, 9}, {2, 9}}), IsEmpty());
  EXPECT_THAT(judged(book, 2, {{1, 1}, {3, 1}}), IsEmpty());
  EXPECT_TRUE(book.verdict_on(RunId{2}));
}

TEST(RungBook, ValuesBeyondTheRungAtWhichARunIsStoppedTellNobodyAnything) {
  RungBook book(of_program(1));
  static_cast<void>(judged(book, 1, {{1, 5}}));

  const auto rows = judged(book, 2, {{1, 6}, {3, 0}});

  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(judged(book, 3, {{1, 1}, {3, 7}}).back().place, 1);
}

TEST(RungBook, ARunIsJudgedByItsFirstValueBetweenARungAndTheNext) {
  RungBook book(of_program(10));

  const auto rows = judged(book, 1, {{0, 9}, {9, 8}, {12, 7}, {20, 6}, {100, 5}});

  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].step, 12);
  EXPECT_EQ(rows[0].rung, 0);
  EXPECT_EQ(rows[1].step, 100);  // beyond 90; what lies between was passed in silence
  EXPECT_EQ(rows[1].rung, 2);
}

TEST(RungBook, NobodyIsJudgedAtTheEnd) {
  RungBook book(of_program(1, 9));

  EXPECT_THAT(judged(book, 1, {{9, 1}, {12, 2}}), IsEmpty());
}

TEST(RungBook, RunsOfTheBuiltInTrainerMeetAtEqualSharesOfTheirOwnSteps) {
  RungBook book(of_built_in_trainer());

  // An evaluation after each of 9, of 3, of 2 and of 1 epochs.
  const auto nine = judged(book, 1, {{9, .1}, {19, .2}, {29, .3}, {39, .4}}, 90);
  const auto three = judged(book, 2, {{9, .5}, {19, .6}, {29, .7}}, 30);
  const auto two = judged(book, 3, {{9, .4}, {19, .6}}, 20);
  const auto one = judged(book, 4, {{9, .4}}, 10);

  ASSERT_EQ(nine.size(), 2U);
  EXPECT_EQ(nine[0].step, 9);
  EXPECT_EQ(nine[1].step, 29);
  ASSERT_EQ(three.size(), 1U);
  EXPECT_EQ(three[0].rung, 1);
  EXPECT_EQ(three[0].decision, RungDecision::goes_on);
  ASSERT_EQ(two.size(), 1U);
  EXPECT_EQ(two[0].rung, 1);
  EXPECT_EQ(two[0].decision, RungDecision::stopped);
  EXPECT_THAT(one, IsEmpty());
}

TEST(RungBook, WhereTheBestEvaluationCountsItDoesSoAtARung) {
  SweepSpec spec = of_program(10);
  spec.metric.take = Take::best;
  RungBook book(spec);

  EXPECT_EQ(judged(book, 1, {{5, 2}, {10, 3}})[0].value, 2);
}

TEST(RungBook, WhoWasAskedForAllTheSameIsNotStoppedAgain) {
  RungBook book(of_program(1));
  static_cast<void>(judged(book, 1, {{1, 5}, {3, 1}}));
  book.add({.run = RunId{2}, .place = 2, .step = 1, .value = 6, .decision = RungDecision::freed});

  const auto rows = judged(book, 2, {{1, 6}, {3, 9}});

  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].decision, RungDecision::freed);
  EXPECT_FALSE(book.verdict_on(RunId{2}));
}

TEST(RungBook, SaysWhy) {
  RungBook book(of_program(1));
  static_cast<void>(judged(book, 1, {{1, 5}}));
  static_cast<void>(judged(book, 2, {{1, 6}}));
  static_cast<void>(judged(book, 3, {{1, 1}}));

  EXPECT_EQ(book.verdict_on(RunId{2})->reason,
            "rungs: cost 6 at step 1 is number 2 of the 2 runs that had come to step 1; the best "
            "one goes on");
  EXPECT_EQ(words_of_rungs(of_built_in_trainer()), "1/9, 1/3 of a run's own steps");
  EXPECT_EQ(words_of_rungs(of_program(1, 64, 4)), "steps 1, 4, 16");
  EXPECT_EQ(words_of_rungs(of_program(1, std::nullopt, 10)), "steps 1, 10, 100, 1000, 10000, ...");
}

TEST(RungBook, ABracketLeavesOutItsFirstRungs) {
  SweepSpec spec = of_program(1, 9);
  spec.rungs->brackets = 3;
  RungBook book(spec);
  std::map<std::int64_t, std::int64_t> first_rungs;
  for (std::int64_t run = 1; run <= 64; ++run) {
    const std::int64_t bracket = bracket_of(*spec.rungs, LevelId{run});
    const auto rows = judged(book, run, {{1, 1}, {3, 1}});
    ASSERT_EQ(rows.empty(), bracket == 2) << "the last one stops nobody";
    if (!rows.empty()) {
      first_rungs[bracket] = rows[0].rung;
      EXPECT_EQ(rows[0].bracket, bracket);
    }
  }

  EXPECT_EQ(first_rungs, (std::map<std::int64_t, std::int64_t>{{0, 0}, {1, 1}}));
}

// Li et al. give the brackets of R = 81, eta = 3 the levels 81, 34, 15, 8 and 5 in each round.
TEST(RungBook, BracketsHaveTheLevelsThatHyperbandGivesThem) {
  const Rungs rungs{.eta = 3, .first = 1, .end = 81, .brackets = 5};
  std::map<std::int64_t, std::int64_t> levels;
  for (std::int64_t level = 1; level <= 14300; ++level) {
    ++levels[bracket_of(rungs, LevelId{level})];
  }

  EXPECT_NEAR(static_cast<double>(levels[0]), 8100, 30);
  EXPECT_NEAR(static_cast<double>(levels[1]), 3400, 30);
  EXPECT_NEAR(static_cast<double>(levels[2]), 1500, 30);
  EXPECT_NEAR(static_cast<double>(levels[3]), 800, 30);
  EXPECT_NEAR(static_cast<double>(levels[4]), 500, 30);
}

TEST(RungBook, TheLeastThatIsTrainedIsWhatRungsLetOn) {
  // 1/9 of all, 2/9 more of a third, 6/9 more of a ninth.
  EXPECT_NEAR(*least_share(Rungs{}), 1.0 / 9 + 2.0 / 27 + 2.0 / 27, 1e-12);
  EXPECT_EQ(least_share({.eta = 3, .first = 1, .end = {}}), std::nullopt);
}

}  // namespace
}  // namespace tarama
