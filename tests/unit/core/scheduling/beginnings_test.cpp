// Runs that begin as other runs: who waits, who is handed out next, and whose state is kept.
#include "tests/unit/core/scheduling/scheduler_fixture.hpp"

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr RunId longest{1};
constexpr RunId shortest{2};
constexpr RunId middle{3};

/// Listed as a person would, not in the order in which they are trained.
SweepRecord chain() {
  SweepRecord record;
  record.sweep = sweep;
  record.runs = {{.run = longest, .planned_steps = 40, .begins_as = middle},
                 {.run = shortest, .planned_steps = 10},
                 {.run = middle, .planned_steps = 20, .begins_as = shortest}};
  return record;
}

/// When a run that failed at noon has rested.
const TimePoint rested = after(std::chrono::seconds(1));

std::vector<AssignRun> assigned(const Effects& effects) {
  std::vector<AssignRun> found;
  for (const Effect& effect : effects) {
    if (const auto* assign = std::get_if<AssignRun>(&effect)) {
      found.push_back(*assign);
    }
  }
  return found;
}

Scheduler with_workers(const SweepRecord& record, int workers) {
  Scheduler scheduler = with_sweep(record);
  for (int i = 1; i <= workers; ++i) {
    static_cast<void>(scheduler.handle(WorkerJoined{WorkerId{i}, "cpu:0", 1}, noon));
  }
  return scheduler;
}

TEST(Beginnings, AreTrainedFirstAndGoneOnFrom) {
  Scheduler scheduler = with_sweep(chain());

  Effects effects = scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon);
  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{worker, shortest, Attempt{1}, RunId{}, true}));

  effects = scheduler.handle(finished(shortest, Attempt{1}), noon);
  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{worker, middle, Attempt{1}, shortest, true}));

  effects = scheduler.handle(finished(middle, Attempt{1}), noon);
  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{worker, longest, Attempt{1}, middle, false}));
}

TEST(Beginnings, AreWaitedForWhileTheyAreTrained) {
  Scheduler scheduler = with_workers(chain(), 3);

  EXPECT_THAT(scheduler.assignments(WorkerId{2}), IsEmpty());
  const auto waiting = scheduler.waiting(sweep);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].runs, 2);
  EXPECT_THAT(waiting[0].reason, testing::HasSubstr("run 2 trains their beginning"));
}

TEST(Beginnings, OthersAreHandedOutMeanwhile) {
  SweepRecord record = chain();
  record.runs.push_back({.run = RunId{4}, .replicate = 1, .planned_steps = 40});
  Scheduler scheduler = with_workers(record, 2);

  EXPECT_THAT(scheduler.assignments(WorkerId{2}),
              ElementsAre(AssignRun{WorkerId{2}, RunId{4}, Attempt{1}}));
}

TEST(Beginnings, CountAsLongAsTheLongestThatTheyLeadTo) {
  SweepRecord record = chain();
  record.runs.push_back({.run = RunId{4}, .planned_steps = 30});
  Scheduler scheduler = with_sweep(record);

  EXPECT_THAT(assigned(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon)),
              ElementsAre(AssignRun{worker, shortest, Attempt{1}, RunId{}, true}));
}

TEST(Beginnings, AFamilyIsTrainedBeforeTheNextOne) {
  SweepRecord record = chain();
  record.runs.push_back({.run = RunId{4}, .planned_steps = 10});
  record.runs.push_back({.run = RunId{5}, .planned_steps = 40, .begins_as = RunId{4}});
  Scheduler scheduler = with_sweep(record);

  std::vector<RunId> order;
  Effects effects = scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon);
  for (auto next = assigned(effects); !next.empty(); next = assigned(effects)) {
    order.push_back(next.front().run);
    effects = scheduler.handle(finished(next.front().run, Attempt{1}), noon);
  }
  EXPECT_THAT(order, ElementsAre(shortest, middle, longest, RunId{4}, RunId{5}));
}

TEST(Beginnings, OfARunThatFailedAreTakenFromTheNextShorterOne) {
  Scheduler scheduler = with_workers(chain(), 1);
  static_cast<void>(scheduler.handle(finished(shortest, Attempt{1}), noon));

  const Effects effects =
      scheduler.handle(failed(middle, Attempt{1}, FailureClass::bad_data), noon);

  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{worker, longest, Attempt{1}, shortest, false}));
}

TEST(Beginnings, OfARunThatIsHeldAreNotWaitedFor) {
  Scheduler scheduler = with_sweep(chain());
  static_cast<void>(scheduler.handle(PauseAsked{sweep, shortest}, noon));

  EXPECT_THAT(assigned(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon)),
              ElementsAre(AssignRun{worker, middle, Attempt{1}, RunId{}, true}));
}

TEST(Beginnings, AreNotWaitedForByARunThatHasBegunItself) {
  Scheduler scheduler = with_sweep(chain());
  static_cast<void>(scheduler.handle(PauseAsked{sweep, shortest}, noon));
  static_cast<void>(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon));
  static_cast<void>(scheduler.handle(WorkerJoined{WorkerId{2}, "cpu:1", 1}, noon));
  static_cast<void>(scheduler.handle(ResumeAsked{sweep, shortest}, noon));  // on worker 2

  static_cast<void>(scheduler.handle(failed(middle, Attempt{1}, FailureClass::disk_full), noon));
  const Effects effects = scheduler.handle(Tick{}, rested);

  EXPECT_THAT(assigned(effects), ElementsAre(AssignRun{worker, middle, Attempt{2}, RunId{}, true}));
}

TEST(Beginnings, OfARunThatIsTriedAgainAreWaitedFor) {
  Scheduler scheduler = with_workers(chain(), 1);

  static_cast<void>(scheduler.handle(failed(shortest, Attempt{1}, FailureClass::disk_full), noon));
  const Effects effects = scheduler.handle(Tick{}, rested);

  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{worker, shortest, Attempt{2}, RunId{}, true}));
}

TEST(Beginnings, StatesAreNeededUntilTheRunThatBeginsAsTheyIsOver) {
  Scheduler scheduler = with_workers(chain(), 1);
  static_cast<void>(scheduler.handle(finished(shortest, Attempt{1}), noon));
  EXPECT_THAT(scheduler.unneeded_states({shortest}), IsEmpty());
  EXPECT_TRUE(scheduler.is_state_needed(shortest));

  static_cast<void>(scheduler.handle(finished(middle, Attempt{1}), noon));
  EXPECT_THAT(scheduler.unneeded_states({middle}), ElementsAre(shortest));

  static_cast<void>(scheduler.handle(finished(longest, Attempt{1}), noon));
  EXPECT_THAT(scheduler.unneeded_states({longest}), ElementsAre(middle));
}

TEST(Beginnings, StatesOfACancelledSweepAreNeededByNobody) {
  Scheduler scheduler = with_workers(chain(), 1);
  static_cast<void>(scheduler.handle(finished(shortest, Attempt{1}), noon));
  static_cast<void>(scheduler.handle(CancelAsked{sweep, {}}, noon));
  static_cast<void>(scheduler.handle(finished(middle, Attempt{1}, AttemptEnd::stopped), noon));

  EXPECT_THAT(scheduler.unneeded_states({middle, longest}), ElementsAre(middle, shortest));
}

TEST(Beginnings, ARunThatWasAddedLaterWaitsForOneThatKeepsItsState) {
  SweepRecord record = chain();
  record.runs.pop_back();
  record.runs.erase(record.runs.begin());  // the shortest alone: nobody begins as it
  Scheduler scheduler = with_workers(record, 2);

  const Effects effects = scheduler.handle(
      RunsAdded{sweep, {{.run = middle, .planned_steps = 20, .begins_as = shortest}}}, noon);

  EXPECT_THAT(assigned(effects),
              ElementsAre(AssignRun{WorkerId{2}, middle, Attempt{1}, RunId{}, false}));
}

TEST(Beginnings, AfterARestartTheLongerOneGoesOnFromWhatIsKept) {
  SweepRecord record = chain();
  record.runs[1].standing = {.state = RunState::succeeded, .attempt = Attempt{1}};
  record.runs[2].standing = {.state = RunState::running, .attempt = Attempt{1}};
  Effects effects;
  Scheduler scheduler = Scheduler::restore({record}, noon, effects);

  EXPECT_THAT(assigned(scheduler.handle(WorkerJoined{worker, "cpu:0", 1}, noon)),
              ElementsAre(AssignRun{worker, middle, Attempt{2}, shortest, true}));
}

TEST(Beginnings, ALongChainCostsNoMoreThanItsRuns) {
  SweepRecord record;
  record.sweep = sweep;
  constexpr std::int64_t runs = 20'000;
  for (std::int64_t run = 1; run <= runs; ++run) {
    record.runs.push_back({.run = RunId{run}, .planned_steps = run, .begins_as = RunId{run - 1}});
  }
  Scheduler scheduler = with_workers(record, 1);
  static_cast<void>(scheduler.handle(finished(RunId{1}, Attempt{1}), noon));

  static_cast<void>(scheduler.handle(CancelAsked{sweep, {}}, noon));

  EXPECT_EQ(scheduler.account(sweep).cancelled, runs - 2);
}

}  // namespace
}  // namespace tarama::test
