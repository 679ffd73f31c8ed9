// A sweep whose search may still add runs is not over when its runs are.
#include "tests/unit/core/scheduling/scheduler_fixture.hpp"

namespace tarama::test {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

const SweepRules searching{.is_searching = true};

Scheduler with_its_only_run_over() {
  Scheduler scheduler = with_one_running(sweep_of(1, searching));
  static_cast<void>(scheduler.handle(finished(RunId{1}, Attempt{1}), noon));
  return scheduler;
}

TEST(SchedulerSearch, KeepsASweepOpenBehindItsLastRun) {
  const Scheduler scheduler = with_its_only_run_over();

  EXPECT_EQ(scheduler.state(sweep), SweepState::running);
  EXPECT_THAT(scheduler.open_sweeps(), Contains(sweep));
}

TEST(SchedulerSearch, EndsTheSweepWhenItAddsNothingMore) {
  Scheduler scheduler = with_its_only_run_over();

  EXPECT_EQ(scheduler.handle(RulesChanged{sweep, {}}, noon),
            (Effects{PersistSweep{sweep, SweepState::finished}, SweepEnded{sweep}}));
}

TEST(SchedulerSearch, GoesOnWithTheRunsThatItAdds) {
  Scheduler scheduler = with_its_only_run_over();

  const Effects effects = scheduler.handle(RunsAdded{sweep, {{.run = RunId{2}}}}, noon);

  EXPECT_THAT(effects, Contains(Effect(AssignRun{worker, RunId{2}, Attempt{1}})));
}

TEST(SchedulerSearch, OpensASweepThatHadEnded) {
  Scheduler scheduler = with_one_running(sweep_of(1));
  static_cast<void>(scheduler.handle(finished(RunId{1}, Attempt{1}), noon));

  EXPECT_EQ(scheduler.handle(RulesChanged{sweep, searching}, noon),
            (Effects{PersistSweep{sweep, SweepState::running}}));
  EXPECT_EQ(scheduler.state(sweep), SweepState::running);
}

TEST(SchedulerSearch, EndsWithACancelledSweep) {
  Scheduler scheduler = with_its_only_run_over();

  EXPECT_THAT(scheduler.handle(CancelAsked{sweep, {}}, noon), Contains(Effect(SweepEnded{sweep})));
  EXPECT_THAT(scheduler.open_sweeps(), Not(Contains(sweep)));
}

TEST(SchedulerSearch, IsTakenUpAfterACrash) {
  SweepRecord record = sweep_of(1, searching);
  record.runs[0].standing = {.state = RunState::succeeded, .attempt = Attempt{1}};
  Effects effects;

  const Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_THAT(effects, IsEmpty());
  EXPECT_THAT(scheduler.open_sweeps(), Contains(sweep));
}

}  // namespace
}  // namespace tarama::test
