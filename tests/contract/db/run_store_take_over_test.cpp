// What every RunStore promises of runs that another sweep has done already.
#include "tests/contract/db/store_harness.hpp"

#include <gmock/gmock.h>
#include <set>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Attempt first{1};

template <class Harness>
class RunStoreTakeOver : public testing::Test {
 protected:
  /// A sweep of two levels and two replicates, whose first run has succeeded at its second attempt.
  RunStoreTakeOver() {
    must(harness.store().create_sweep(sample_sweep()));
    must(harness.store().write({attempt_leased(RunId{1}, first),
                                attempt_started(RunId{1}, first, 0),
                                batch_of_steps(RunId{1}, first, 0, 2)}));
    const Attempt second{2};
    MetricBatch rows = batch_of_steps(RunId{1}, second, 2, 4);
    rows.evals = {sample_eval(1, 0.6), sample_eval(2, 0.7)};
    must(harness.store().write({attempt_leased(RunId{1}, second),
                                attempt_started(RunId{1}, second, 2),
                                rows,
                                sample_predictions(RunId{1}, second, 2, 9),
                                run_in(RunId{1}, RunState::succeeded, second)}));
  }

  static NewSweep other_sweep() {
    NewSweep sweep = sample_sweep({}, "other");
    sweep.takes_over = [](RunId) { return true; };
    return sweep;
  }

  Harness harness;
};

using Stores = testing::Types<SqliteHarness, MemoryHarness>;
TYPED_TEST_SUITE(RunStoreTakeOver, Stores);

TYPED_TEST(RunStoreTakeOver, ARunThatIsDoneElsewhereHasSucceededWithTheSameRows) {
  const StoredSweep stored = must(this->harness.store().create_sweep(this->other_sweep()));

  ASSERT_THAT(stored.record.runs, SizeIs(4));
  const RunId taken = stored.record.runs[0].run;
  EXPECT_EQ(stored.record.runs[0].standing.state, RunState::succeeded);
  EXPECT_EQ(stored.record.runs[1].standing.state, RunState::pending);
  this->harness.restart();
  EXPECT_EQ(this->harness.steps(taken), this->harness.steps(RunId{1}));
  EXPECT_EQ(this->harness.evals(taken), this->harness.evals(RunId{1}));
  EXPECT_EQ(this->harness.predictions(taken), this->harness.predictions(RunId{1}));
  EXPECT_EQ(must(this->harness.store().load_sweep(stored.record.sweep)).record.runs,
            stored.record.runs);
}

TYPED_TEST(RunStoreTakeOver, ItsOneAttemptSaysFromWhom) {
  const StoredSweep stored = must(this->harness.store().create_sweep(this->other_sweep()));

  PersistAttempt expected;
  expected.run = stored.record.runs[0].run;
  expected.attempt = first;
  expected.device = "cpu";
  expected.leased_at = expected.started_at = expected.ended_at = TimePoint{1000};
  expected.first_step = 0;
  expected.outcome = "succeeded";
  expected.from_run = RunId{1};
  expected.from_step = 4;
  EXPECT_THAT(this->harness.attempts(expected.run), ElementsAre(expected));
}

TYPED_TEST(RunStoreTakeOver, NothingIsTakenOverThatIsNotWanted) {
  NewSweep sweep = this->other_sweep();
  std::set<RunId> asked;
  sweep.takes_over = [&asked](RunId run) {
    asked.insert(run);
    return false;
  };

  const StoredSweep stored = must(this->harness.store().create_sweep(sweep));

  EXPECT_THAT(asked, ElementsAre(RunId{1}));
  EXPECT_EQ(stored.record.runs[0].standing, RunStanding{});
  EXPECT_THAT(this->harness.attempts(stored.record.runs[0].run), IsEmpty());
}

TYPED_TEST(RunStoreTakeOver, AnExtensionTakesOverAsWell) {
  NewSweep small = sample_sweep({.levels = 1, .replicates = 1}, "small");
  small.runs[0].run_key = "of its own";
  const SweepId sweep = must(this->harness.store().create_sweep(small)).record.sweep;
  NewSweep more = this->other_sweep();

  const StoredSweep added = must(this->harness.store().extend_sweep(sweep, more));

  EXPECT_EQ(added.record.runs[0].standing.state, RunState::succeeded);
  EXPECT_THAT(this->harness.steps(added.record.runs[0].run), SizeIs(4));
}

}  // namespace
}  // namespace tarama::db::test
