// What every RunStore promises of sweeps and runs, tried on both.
#include "tests/contract/db/store_harness.hpp"

#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

template <class Harness>
class RunStoreContract : public testing::Test {
 protected:
  StoredSweep create(const SweepShape& shape = {}) {
    return must(harness.store().create_sweep(sample_sweep(shape)));
  }

  void write(std::vector<Write> writes) { must(harness.store().write(writes)); }

  Harness harness;
};

using Stores = testing::Types<SqliteHarness, MemoryHarness>;
TYPED_TEST_SUITE(RunStoreContract, Stores);

constexpr RunId run{1};
constexpr Attempt first{1};
constexpr Attempt second{2};

bool are_equal(const StoredSweep& left, const StoredSweep& right) {
  return left.record.sweep == right.record.sweep && left.record.state == right.record.state &&
         left.record.rules == right.record.rules && left.record.runs == right.record.runs &&
         left.name == right.name && left.spec == right.spec && left.runs == right.runs &&
         left.levels == right.levels;
}

TYPED_TEST(RunStoreContract, ANewStoreIsEmpty) {
  EXPECT_THAT(must(this->harness.store().load_open()), IsEmpty());
}

TYPED_TEST(RunStoreContract, IdsRiseOverAllSweepsInTheOrderOfRuns) {
  const StoredSweep one = this->create({2, 2});
  const StoredSweep two = this->create({1, 1});

  EXPECT_EQ(one.record.sweep, SweepId{1});
  EXPECT_EQ(two.record.sweep, SweepId{2});
  ASSERT_EQ(one.runs.size(), 4U);
  EXPECT_EQ(one.runs[3], (StoredRun{RunId{4}, {LevelId{2}, 1, 2, "key-2-1", 4, 2}}));
  EXPECT_EQ(two.runs, (std::vector<StoredRun>{{RunId{5}, {LevelId{1}, 0, 1, "key-1-0", 4, 2}}}));
}

TYPED_TEST(RunStoreContract, LoadGivesBackWhatCreateGave) {
  const StoredSweep created = this->create({3, 2});
  this->harness.restart();

  const auto loaded = must(this->harness.store().load_open());

  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_EQ(loaded[0].sweep, created.record.sweep);
  EXPECT_EQ(loaded[0].name, "cola");
  const StoredSweep stored = must(loaded[0].stored);
  EXPECT_TRUE(are_equal(stored, created));
  EXPECT_EQ(stored.record.rules, sample_sweep().rules);
  EXPECT_EQ(stored.levels, sample_sweep({3, 2}).levels);
}

TYPED_TEST(RunStoreContract, ASweepWithTwoRunsOfOneKeyIsRefusedWhole) {
  NewSweep sweep = sample_sweep();
  sweep.runs[1].run_key = sweep.runs[0].run_key;

  const auto result = this->harness.store().create_sweep(sweep);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(),
            (Error{Errc::invalid_argument, "the sweep has two runs with the key key-1-0"}));
  EXPECT_THAT(must(this->harness.store().load_open()), IsEmpty());
}

TYPED_TEST(RunStoreContract, ARunOfNoLevelIsRefused) {
  NewSweep sweep = sample_sweep();
  sweep.runs[0].level = LevelId{9};

  const auto result = this->harness.store().create_sweep(sweep);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "run key-1-0 is of level 9, which the sweep does not have");
}

TYPED_TEST(RunStoreContract, ExtendAddsRunsOfOldAndNewLevels) {
  const StoredSweep created = this->create({2, 1});
  NewSweep more;
  more.levels = {sample_level(2), sample_level(3)};
  more.runs = {{LevelId{2}, 1, 2, "more replicates", 4, 2}, {LevelId{3}, 0, 1, "new level", 4, 2}};

  const StoredSweep added = must(this->harness.store().extend_sweep(created.record.sweep, more));

  EXPECT_EQ(added.name, "cola");
  EXPECT_EQ(added.record.rules, created.record.rules);
  EXPECT_EQ(added.runs,
            (std::vector<StoredRun>{{RunId{3}, more.runs[0]}, {RunId{4}, more.runs[1]}}));
  EXPECT_EQ(added.record.runs[1].run, RunId{4});
  this->harness.restart();
  const StoredSweep loaded = must(this->harness.store().load_sweep(SweepId{1}));
  EXPECT_EQ(loaded.runs.size(), 4U);
  EXPECT_EQ(loaded.levels, (std::vector{sample_level(1), sample_level(2), sample_level(3)}));
}

TYPED_TEST(RunStoreContract, ExtendRefusesARunThatTheSweepHas) {
  const StoredSweep created = this->create({1, 1});
  NewSweep more;
  more.runs = {{LevelId{1}, 1, 2, "new", 4, 2}, {LevelId{1}, 0, 1, "key-1-0", 4, 2}};

  const auto result = this->harness.store().extend_sweep(created.record.sweep, more);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the sweep has two runs with the key key-1-0");
  EXPECT_EQ(records_of(this->harness.store()).size(), 1U);
}

TYPED_TEST(RunStoreContract, ExtendRefusesAnotherLevelUnderAKnownId) {
  const StoredSweep created = this->create({1, 1});
  NewSweep more;
  more.levels = {sample_level(1)};
  more.levels[0].training.lr = 0.5;

  const auto result = this->harness.store().extend_sweep(created.record.sweep, more);

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message,
              HasSubstr("level 1 is in the sweep already, with other settings"));
}

TYPED_TEST(RunStoreContract, UnknownIdsAreNotFound) {
  RunStore& store = this->harness.store();
  const std::vector<Result<void>> results = {
      store.write({run_in(run, RunState::leased, first)}),
      store.write({attempt_leased(run, first)}),
      store.write({batch_of_steps(run, first, 0, 1)}),
      store.write({TrainSeconds{run, first, 1}}),
      store.write({PersistSweep{SweepId{1}, SweepState::paused}}),
      store.change_rules(SweepId{1}, {}, "{}"),
      store.write({Duty{1, DutyKind::on_end, SweepId{1}}}),
  };
  for (const auto& result : results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::not_found);
  }
  EXPECT_EQ(store.committed(run).error().message, "the store has no run 1");
  EXPECT_EQ(store.extend_sweep(SweepId{1}, {}).error().message, "the store has no sweep 1");
  EXPECT_EQ(store.load_sweep(SweepId{1}).error().message, "the store has no sweep 1");
}

TYPED_TEST(RunStoreContract, ARunsRowIsWhatWasPersistedLast) {
  this->create();
  PersistRun failed = run_in(run, RunState::failed, second);
  failed.standing.failed_attempts = 2;
  failed.standing.failure = FailureClass::out_of_memory;
  failed.standing.message = "no memory";
  failed.standing.is_held = true;

  this->write({run_in(run, RunState::leased, first), failed});
  this->harness.restart();

  RunRecord expected;
  expected.run = run;
  expected.planned_steps = 4;
  expected.standing = failed.standing;
  EXPECT_EQ(records_of(this->harness.store())[0], expected);
}

TYPED_TEST(RunStoreContract, APersistRunOfAnOlderAttemptChangesNothing) {
  this->create();
  this->write({run_in(run, RunState::running, second)});

  this->write({run_in(run, RunState::failed, first)});

  EXPECT_EQ(records_of(this->harness.store())[0].standing.state, RunState::running);
  EXPECT_EQ(records_of(this->harness.store())[0].standing.attempt, second);
}

TYPED_TEST(RunStoreContract, SweepStateAndRulesAreKept) {
  this->create();
  SweepRules rules;
  rules.max_concurrent = 7;
  rules.max_restarts = 0;

  this->write({PersistSweep{SweepId{1}, SweepState::paused}});
  must(this->harness.store().change_rules(SweepId{1}, rules, R"({"new":1})"));
  this->harness.restart();

  const StoredSweep loaded = must(this->harness.store().load_sweep(SweepId{1}));
  EXPECT_EQ(loaded.record.state, SweepState::paused);
  EXPECT_EQ(loaded.record.rules, rules);
  EXPECT_EQ(loaded.spec, R"({"new":1})");
}

TYPED_TEST(RunStoreContract, AWriteThatFailsLeavesNothingOfItself) {
  this->create();

  const auto result = this->harness.store().write({run_in(run, RunState::running, first),
                                                   attempt_started(run, first, 0),
                                                   batch_of_steps(run, first, 0, 2),
                                                   PersistSweep{SweepId{1}, SweepState::paused},
                                                   run_in(RunId{99}, RunState::leased, first)});

  ASSERT_FALSE(result);
  const StoredSweep loaded = must(this->harness.store().load_sweep(SweepId{1}));
  EXPECT_EQ(loaded.record.runs[0].standing.state, RunState::pending);
  EXPECT_EQ(loaded.record.state, SweepState::running);
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{0, 0}));
}

TYPED_TEST(RunStoreContract, BrokenNumbersAreRefused) {
  this->create();
  MetricBatch negative = batch_of_steps(run, first, 0, 1);
  negative.steps[0].step = -1;
  MetricBatch no_epoch{run, first, {}, {sample_eval(1)}};
  no_epoch.evals[0].epoch = 0;
  for (const Write& write : std::vector<Write>{
           negative, no_epoch, batch_of_steps(run, Attempt{0}, 0, 1), attempt_leased(run, {})}) {
    const auto result = this->harness.store().write({write});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
  }
}

// ---- what is open, and what was submitted -------------------------------------------------------

std::vector<SweepId> open_sweeps(RunStore& store) {
  std::vector<SweepId> ids;
  for (const LoadedSweep& sweep : must(store.load_open())) {
    ids.push_back(sweep.sweep);
  }
  return ids;
}

TYPED_TEST(RunStoreContract, ASweepIsOpenWhileItGoesOnOrHasARunThatIsNotOver) {
  for (int sweep = 0; sweep < 4; ++sweep) {
    this->create({1, 2});
  }
  const auto state = [](std::int64_t sweep, SweepState to) {
    return PersistSweep{SweepId{sweep}, to};
  };

  // The runs of sweep 2 are 3 and 4, those of sweep 3 are 5 and 6.
  this->write({state(1, SweepState::paused),
               state(2, SweepState::cancelled),
               run_in(RunId{3}, RunState::cancelled, first),
               run_in(RunId{4}, RunState::cancelling, first),
               state(3, SweepState::finished),
               run_in(RunId{5}, RunState::failed, first),
               run_in(RunId{6}, RunState::stopped, first)});

  EXPECT_EQ(open_sweeps(this->harness.store()),
            (std::vector<SweepId>{SweepId{1}, SweepId{2}, SweepId{4}}));
  EXPECT_EQ(must(this->harness.store().load_sweep(SweepId{3})).record.runs[1].standing.state,
            RunState::stopped);
}

TYPED_TEST(RunStoreContract, AMachinesPartOfTheRulesIsNotKept) {
  NewSweep sweep = sample_sweep();
  sweep.rules.devices = {"cuda:0"};
  const StoredSweep created = must(this->harness.store().create_sweep(sweep));

  EXPECT_EQ(created.record.rules, sweep.rules);
  EXPECT_EQ(must(this->harness.store().load_sweep(SweepId{1})).record.rules, sample_sweep().rules);
}

TYPED_TEST(RunStoreContract, ASweepIsFoundByEveryIdentityThatItWasSubmittedUnder) {
  this->create({1, 1});
  NewSweep more;
  more.identity = "extended";

  must(this->harness.store().extend_sweep(SweepId{1}, more));
  this->harness.restart();

  RunStore& store = this->harness.store();
  EXPECT_EQ(must(store.find_sweep("identity of cola")), SweepId{1});
  EXPECT_EQ(must(store.find_sweep("extended")), SweepId{1});
  EXPECT_EQ(must(store.find_sweep("another")), std::nullopt);
  EXPECT_EQ(must(store.find_sweep("")), std::nullopt);
}

TYPED_TEST(RunStoreContract, OfSweepsOfOneIdentityTheNewestIsFoundWhateverIsExtended) {
  this->create({1, 1});
  this->create({1, 1});
  NewSweep same;
  same.identity = "identity of cola";

  must(this->harness.store().extend_sweep(SweepId{1}, same));

  EXPECT_EQ(must(this->harness.store().find_sweep("identity of cola")), SweepId{2});
}

TYPED_TEST(RunStoreContract, AnExtensionThatIsRefusedIsNotRemembered) {
  this->create({1, 1});
  NewSweep more;
  more.identity = "refused";
  more.runs = {{LevelId{9}, 0, 1, "of no level", 4, 2}};

  EXPECT_FALSE(this->harness.store().extend_sweep(SweepId{1}, more));

  EXPECT_EQ(must(this->harness.store().find_sweep("refused")), std::nullopt);
}

}  // namespace
}  // namespace tarama::db::test
