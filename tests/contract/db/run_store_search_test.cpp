// What every RunStore promises of replicates that decide themselves.
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/stage_info.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr SweepId refined{1};
constexpr Attempt first{1};
const Refinement until_a_hundredth{.until = 0.01};

template <class Harness>
class RunStoreSearch : public testing::Test {
 protected:
  /// Two levels of two replicates: one has succeeded with .7, one diverged.
  RunStoreSearch() {
    NewSweep sweep = sample_sweep();
    SweepSpec spec;
    spec.name = "cola";
    sweep.spec = to_json(spec);
    must(harness.store().create_sweep(sweep));
    MetricBatch rows = batch_of_steps(RunId{1}, first, 0, 4);
    rows.evals = {sample_eval(1, 0.6), sample_eval(2, 0.7)};
    PersistRun diverged = run_in(RunId{2}, RunState::failed, first);
    diverged.standing.failure = FailureClass::diverged;
    must(harness.store().write({attempt_leased(RunId{1}, first),
                                attempt_started(RunId{1}, first, 0),
                                rows,
                                run_in(RunId{1}, RunState::succeeded, first),
                                diverged}));
  }

  std::optional<RefinementStage> open_stage() {
    return must(harness.store().load_sweep(refined)).refinement;
  }

  Harness harness;
};

using Stores = testing::Types<SqliteHarness, MemoryHarness>;
TYPED_TEST_SUITE(RunStoreSearch, Stores);

TYPED_TEST(RunStoreSearch, KnowsTheStageThatHasNotEndedAfterARestart) {
  const RefinementStage stage =
      must(this->harness.store().begin_refinement(refined, until_a_hundredth, TimePoint{7}));

  this->harness.restart();

  EXPECT_EQ(stage.stage, 1);
  EXPECT_EQ(stage.runs_before, 4);
  EXPECT_EQ(this->open_stage(), stage);
}

TYPED_TEST(RunStoreSearch, SaysOfOneLevelWhatItSaysOfItAmongAll) {
  const SearchEvidence all = must(this->harness.store().evidence(refined, std::nullopt));
  ASSERT_THAT(all.levels, SizeIs(2));

  const SearchEvidence second = must(this->harness.store().evidence(refined, LevelId{2}));

  EXPECT_THAT(second.levels, ElementsAre(all.levels[1]));
  EXPECT_THAT(second.seeds, ElementsAre(all.seeds[1]));
}

TYPED_TEST(RunStoreSearch, TheSameAgainIsTheSameStageAndAnotherOneIsRefused) {
  const auto ask = [&](const Refinement& asked) {
    return this->harness.store().begin_refinement(refined, asked, TimePoint{7});
  };
  const RefinementStage stage = must(ask(until_a_hundredth));

  EXPECT_EQ(must(ask(until_a_hundredth)), stage);
  EXPECT_EQ(ask({.budget = 9}).error().code, Errc::refused);
  must(this->harness.store().tell_refinement(
      refined, {.stage = 1, .ended_at = TimePoint{8}, .outcome = "known", .reached = LevelId{1}}));
  EXPECT_EQ(this->open_stage(), std::nullopt);
  EXPECT_EQ(must(ask({.budget = 9})).stage, 2);
  EXPECT_EQ(this->harness.store().begin_refinement(SweepId{9}, {}, {}).error().code,
            Errc::not_found);
}

TYPED_TEST(RunStoreSearch, ASweepThatEndedAllTheSameHasCalledItsStageOff) {
  must(this->harness.store().begin_refinement(refined, until_a_hundredth, TimePoint{7}));
  must(this->harness.store().write({PersistSweep{refined, SweepState::cancelled}}));

  EXPECT_EQ(
      must(this->harness.store().begin_refinement(refined, {.budget = 9}, TimePoint{9})).stage, 2);
}

TYPED_TEST(RunStoreSearch, BeginningItOpensASweepThatHadEnded) {
  must(this->harness.store().write({PersistSweep{refined, SweepState::finished}}));

  must(this->harness.store().begin_refinement(refined, until_a_hundredth, TimePoint{7}));

  EXPECT_EQ(must(this->harness.store().load_sweep(refined)).record.state, SweepState::running);
}

TYPED_TEST(RunStoreSearch, SaysWhatEachLevelHasComeTo) {
  const SearchEvidence evidence = must(this->harness.store().evidence(refined, std::nullopt));

  ASSERT_THAT(evidence.levels, SizeIs(2));
  EXPECT_THAT(evidence.levels[0].values, ElementsAre(0.7));
  EXPECT_EQ(evidence.levels[0].seeds.size(), 1U);
  EXPECT_EQ(evidence.levels[1].diverged_seeds.size(), 1U);
  EXPECT_EQ(evidence.levels[0].planned, 2);
  EXPECT_THAT(evidence.levels[1].values, IsEmpty());
  EXPECT_THAT(evidence.seeds[1], SizeIs(2));
}

TYPED_TEST(RunStoreSearch, DecisionsAtRungsComeBackByBracketRungAndPlace) {
  const std::vector<RungRow> rows = {
      {.run = RunId{3}, .place = 1, .step = 1, .value = 0.5},
      {.run = RunId{4}, .place = 2, .step = 2, .value = 0.25, .decision = RungDecision::stopped},
      {.run = RunId{3}, .rung = 1, .place = 1, .step = 3},
      {.run = RunId{1}, .bracket = 1, .rung = 1, .place = 1}};
  must(this->harness.store().write_rungs({rows[3], rows[2]}));
  must(this->harness.store().write_rungs({rows[1], rows[0], rows[2]}));

  this->harness.restart();

  EXPECT_EQ(must(this->harness.store().rungs(refined)), rows);
  EXPECT_THAT(must(this->harness.store().rungs(SweepId{7})), IsEmpty());
}

TYPED_TEST(RunStoreSearch, ADecisionAtARungIsNotTakenTwice) {
  const RungRow row{.run = RunId{3}, .place = 1, .step = 1, .value = 0.5};
  must(this->harness.store().write_rungs({row}));
  RungRow other = row;
  other.value = 7;
  must(this->harness.store().write_rungs({other}));
  other.run = RunId{4};

  const Result<void> at_its_place = this->harness.store().write_rungs({other});

  ASSERT_FALSE(at_its_place);
  EXPECT_EQ(at_its_place.error().code, Errc::invalid_argument);
  other.run = RunId{77};
  EXPECT_EQ(this->harness.store().write_rungs({other}).error().code, Errc::not_found);
  EXPECT_THAT(must(this->harness.store().rungs(refined)), ElementsAre(row));
}

TYPED_TEST(RunStoreSearch, WhoIsAskedForAgainIsFreed) {
  const RungRow stopped{
      .run = RunId{3}, .place = 1, .value = 0.5, .decision = RungDecision::stopped};
  must(this->harness.store().write_rungs({stopped}));
  must(this->harness.store().write({run_in(RunId{3}, RunState::running, first)}));
  // A restart in between makes it pending, which asks for nothing.
  must(this->harness.store().write({run_in(RunId{3}, RunState::pending, first)}));
  EXPECT_THAT(must(this->harness.store().rungs(refined)), ElementsAre(stopped));

  must(this->harness.store().write({run_in(RunId{3}, RunState::stopped, first)}));
  must(this->harness.store().write({run_in(RunId{3}, RunState::pending, first)}));

  EXPECT_EQ(must(this->harness.store().rungs(refined))[0].decision, RungDecision::freed);
}

TEST(StoredStages, AreReadWithTheirLooksAndToldTwiceAreTheSame) {
  SqliteHarness harness;
  must(harness.store().create_sweep(sample_sweep()));
  must(harness.store().begin_refinement(refined, until_a_hundredth, TimePoint{7}));
  const RefinementNews news{.stage = 1,
                            .looks = {{LevelId{2}, 5}},
                            .ended_at = TimePoint{8},
                            .outcome = "within 0.01",
                            .reached = LevelId{1}};
  must(harness.store().tell_refinement(refined, news));
  must(harness.store().tell_refinement(refined, news));

  const std::vector<StageInfo> stages = must(read_stages(harness.reader(), refined));

  ASSERT_THAT(stages, SizeIs(1));
  EXPECT_EQ(stages[0].stage.reached, LevelId{1});
  EXPECT_EQ(stages[0].stage.asked.until, 0.01);
  EXPECT_NEAR(stages[0].stage.asked.confidence, 0.95, 1e-12);
  EXPECT_THAT(stages[0].looks, ElementsAre(Look{LevelId{2}, 5}));
}

}  // namespace
}  // namespace tarama::db::test
