// What every RunStore promises of sessions, duties and changes, and of what peers send wrongly.
#include "db/stored_text.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class Harness>
class RunStoreFeed : public testing::Test {
 protected:
  RunStoreFeed() { must(harness.store().create_sweep(sample_sweep())); }

  void write(std::vector<Write> writes) { must(harness.store().write(writes)); }

  Harness harness;
};

using Stores = testing::Types<SqliteHarness, MemoryHarness>;
TYPED_TEST_SUITE(RunStoreFeed, Stores);

constexpr RunId run{1};
constexpr Attempt first{1};

// ---- sessions -----------------------------------------------------------------------------------

TYPED_TEST(RunStoreFeed, ASessionIsMergedByWhatIsSet) {
  this->write({PersistSession{.session = "s1",
                              .token = "secret",
                              .launcher = "local",
                              .device = "cpu",
                              .host = "here",
                              .pid = 7,
                              .started_at = TimePoint{1}},
               PersistSession{.session = "s2", .token = "other"}});

  this->write(
      {PersistSession{.session = "s1", .pid = 8, .ended_at = TimePoint{9}, .message = "signal 9"}});
  this->harness.restart();

  EXPECT_THAT(this->harness.sessions(),
              ElementsAre(PersistSession{.session = "s1",
                                         .token = "secret",
                                         .launcher = "local",
                                         .device = "cpu",
                                         .host = "here",
                                         .pid = 8,
                                         .started_at = TimePoint{1},
                                         .ended_at = TimePoint{9},
                                         .message = "signal 9"},
                          PersistSession{.session = "s2", .token = "other"}));
}

TYPED_TEST(RunStoreFeed, SessionsThatHaveNotEndedAreReadWithTheAttemptsTheyWereGiven) {
  const PersistSession open{.session = "s1",
                            .token = "secret",
                            .device = "cpu",
                            .pid = 7,
                            .started_at = TimePoint{1},
                            .worker = WorkerId{4},
                            .process = "of this boot"};
  PersistAttempt one = attempt_leased(run, first);
  PersistAttempt two = attempt_leased(RunId{2}, first);
  one.session = two.session = "s1";
  two.leased_at = TimePoint{one.leased_at->milliseconds - 1};
  PersistAttempt of_another = attempt_leased(run, next(first));
  of_another.session = "s2";
  this->write({open,
               one,
               two,
               of_another,
               attempt_started(run, first, 0),
               PersistSession{.session = "s2", .ended_at = TimePoint{2}, .worker = WorkerId{9}}});
  this->harness.restart();

  EXPECT_THAT(must(this->harness.store().open_sessions()),
              ElementsAre(OpenSession{
                  open, {{RunId{2}, first, /*has_started=*/false}, {run, first, true}}}));
  EXPECT_EQ(must(this->harness.store().last_worker()), WorkerId{9});
}

TYPED_TEST(RunStoreFeed, AnAttemptKnowsItsSessionAndWhereItsFirstStateCameFrom) {
  PersistAttempt leased = attempt_leased(run, first);
  leased.session = "s1";
  PersistAttempt started = attempt_started(run, first, 3);
  started.from_run = RunId{2};
  started.from_step = 3;

  this->write({leased, started});
  this->harness.restart();

  PersistAttempt expected = leased;
  expected.started_at = started.started_at;
  expected.first_step = 3;
  expected.from_run = RunId{2};
  expected.from_step = 3;
  EXPECT_THAT(this->harness.attempts(run), ElementsAre(expected));
}

// ---- duties -------------------------------------------------------------------------------------

TYPED_TEST(RunStoreFeed, ADutyStaysUntilItIsStruckOff) {
  const Duty end{1, DutyKind::on_end, SweepId{1}, std::nullopt, "ended"};
  const Duty prune{2, DutyKind::prune_models, SweepId{1}};
  const Duty remove{5, DutyKind::remove_checkpoints, SweepId{1}, RunId{2}};
  this->write({end, prune, remove});
  EXPECT_THAT(must(this->harness.store().duties()), ElementsAre(end, prune, remove));

  this->write({DutyDone{2}, DutyDone{2}, DutyDone{77}});
  this->harness.restart();

  EXPECT_THAT(must(this->harness.store().duties()), ElementsAre(end, remove));
}

TYPED_TEST(RunStoreFeed, TheLastNumberOfADutyIsKnownWhenItIsGone) {
  EXPECT_EQ(must(this->harness.store().last_duty()), 0);
  this->write({Duty{3, DutyKind::on_end, SweepId{1}}, DutyDone{3}});
  this->harness.restart();

  EXPECT_THAT(must(this->harness.store().duties()), IsEmpty());
  EXPECT_EQ(must(this->harness.store().last_duty()), 3);
}

TYPED_TEST(RunStoreFeed, ADutysNumberIsNeverGivenAgain) {
  this->write({Duty{3, DutyKind::on_end, SweepId{1}}, DutyDone{3}});

  const auto again = this->harness.store().write({Duty{3, DutyKind::on_end, SweepId{1}}});

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(),
            (Error{Errc::invalid_argument,
                   "duty 3 was given already: the last one is 3, and numbers rise"}));
}

TYPED_TEST(RunStoreFeed, ADutyIsWrittenWithItsTransactionOrNotAtAll) {
  const auto result =
      this->harness.store().write({Duty{1, DutyKind::on_end, SweepId{1}},
                                   PersistSession{.session = "s1"},
                                   Change{TimePoint{1}, "run", "{}"},
                                   Duty{2, DutyKind::remove_checkpoints, SweepId{1}, RunId{99}}});

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{Errc::not_found, "the store has no run 99"}));
  EXPECT_THAT(must(this->harness.store().duties()), IsEmpty());
  EXPECT_EQ(must(this->harness.store().last_duty()), 0);
  EXPECT_THAT(this->harness.sessions(), IsEmpty());
  EXPECT_THAT(this->harness.changes(), IsEmpty());
}

// ---- changes ------------------------------------------------------------------------------------

TYPED_TEST(RunStoreFeed, ChangesAreNumberedByTheStore) {
  this->write({Change{TimePoint{5}, "sweep", R"({"id":1})"}});
  this->harness.restart();
  this->write({Change{TimePoint{6}, "run", R"({"id":1,"state":"leased"})"}});

  EXPECT_THAT(this->harness.changes(),
              ElementsAre(ChangeRow{1, TimePoint{5}, "sweep", R"({"id":1})"},
                          ChangeRow{2, TimePoint{6}, "run", R"({"id":1,"state":"leased"})"}));
}

TYPED_TEST(RunStoreFeed, OnlyTheNewestChangesAreKept) {
  const std::vector<Write> many(4'000, Change{TimePoint{5}, "run", "{}"});
  for (int times = 0; times < 3; ++times) {
    this->write(many);
  }

  const auto changes = this->harness.changes();

  ASSERT_EQ(changes.size(), static_cast<std::size_t>(changes_kept));
  EXPECT_EQ(changes.front().seq, 2'001);
  EXPECT_EQ(changes.back().seq, 12'000);
}

// ---- what peers send wrongly --------------------------------------------------------------------

Write batch_with(void (*spoil)(MetricBatch&)) {
  MetricBatch batch = batch_of_steps(run, first, 0, 2);
  batch.evals = {sample_eval(1)};
  spoil(batch);
  return batch;
}

Write attempt_with(void (*spoil)(PersistAttempt&)) {
  PersistAttempt attempt = attempt_started(run, first, 0);
  spoil(attempt);
  return attempt;
}

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

std::vector<Write> wrong_writes() {
  const auto sound = [](Attempt attempt) { return batch_of_steps(run, attempt, 0, 1); };
  return {sound(Attempt{std::int64_t{1} << 62}),
          sound(Attempt{-1}),
          run_in(run, RunState::leased, Attempt{std::int64_t{1} << 62}),
          run_in(run, RunState::leased, Attempt{-1}),
          batch_with([](MetricBatch& batch) { batch.steps[0].step = -1; }),
          batch_with([](MetricBatch& batch) { batch.steps[0].step = huge; }),
          batch_with([](MetricBatch& batch) { batch.steps[0].epoch = 0; }),
          batch_with([](MetricBatch& batch) { batch.steps[1].examples = huge; }),
          batch_with([](MetricBatch& batch) { batch.steps[1].tokens = -1; }),
          batch_with([](MetricBatch& batch) { batch.steps[1].at = -1; }),
          batch_with([](MetricBatch& batch) { batch.evals[0].epoch = huge; }),
          batch_with([](MetricBatch& batch) { batch.evals[0].step = -1; }),
          batch_with([](MetricBatch& batch) { batch.evals[0].examples = -7; }),
          attempt_with([](PersistAttempt& attempt) { attempt.first_step = -5; }),
          attempt_with([](PersistAttempt& attempt) { attempt.first_step = huge; }),
          attempt_with([](PersistAttempt& attempt) { attempt.from_step = -5; }),
          attempt_with([](PersistAttempt& attempt) { attempt.device = "\xff"; }),
          attempt_with([](PersistAttempt& attempt) { attempt.session = std::string(5'000, 'x'); }),
          attempt_with([](PersistAttempt& attempt) { attempt.outcome = std::string("a\0b", 3); }),
          TrainSeconds{run, first, -1},
          TrainSeconds{run, first, 1e300},
          TrainSeconds{run, Attempt{std::int64_t{1} << 62}, 1},
          PersistSession{.session = ""},
          PersistSession{.session = "\xff"},
          PersistSession{.session = "s", .host = std::string(5'000, 'x')},
          PersistSession{.session = "s", .pid = -1},
          Change{TimePoint{1}, "run", "no json"},
          Change{TimePoint{1}, "run", "[1]"},
          Change{TimePoint{1}, "run", "{\"a\":\"\xff\"}"},
          Change{TimePoint{1}, "run", "{\"a\":\"" + std::string(2'000'000, 'x') + "\"}"}};
}

TYPED_TEST(RunStoreFeed, WhatCannotBeRightIsAnErrorOfThatWriteAlone) {
  std::size_t index = 0;
  for (const Write& write : wrong_writes()) {
    const auto result = this->harness.store().write({Duty{1, DutyKind::on_end, SweepId{1}}, write});
    ASSERT_FALSE(result) << index;
    EXPECT_EQ(result.error().code, Errc::invalid_argument) << index << result.error().message;
    ++index;
  }
  EXPECT_THAT(must(this->harness.store().duties()), IsEmpty());
  this->write(whole_run(run));
  EXPECT_EQ(records_of(this->harness.store())[0].standing.state, RunState::succeeded);
}

TYPED_TEST(RunStoreFeed, TheHighestNumbersThatAreTakenComeBackAndLeaveTheRestWorking) {
  constexpr std::int64_t highest = std::int64_t{1} << 53;
  MetricBatch batch = batch_of_steps(run, first, 0, 2);
  batch.steps[1].step = highest;
  batch.steps[1].examples = batch.steps[1].tokens = batch.steps[1].at = highest;
  batch.evals = {sample_eval(1)};
  batch.evals[0].epoch = batch.evals[0].step = highest;

  this->write({attempt_started(run, first, 0), batch});

  EXPECT_EQ(this->harness.steps(run), batch.steps);
  EXPECT_EQ(this->harness.evals(run), batch.evals);
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{1, 0}));
}

TYPED_TEST(RunStoreFeed, SecondsThatAreNotANumberChangeNothing) {
  this->write({TrainSeconds{run, first, std::nan("")},
               TrainSeconds{run, first, std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(this->harness.attempts(run).size(), 1U);
}

TYPED_TEST(RunStoreFeed, AMessageComesBackAsTextThatJsonTakes) {
  PersistAttempt ended = attempt_started(run, first, 0);
  ended.message = std::string("torn \xe2\x82 and \0 and \xff", 19);

  this->write({ended});

  EXPECT_EQ(this->harness.attempts(run).at(0).message, "torn \uFFFD\uFFFD and \uFFFD and \uFFFD");
}

TYPED_TEST(RunStoreFeed, AHugeMessageIsCutBetweenCharacters) {
  PersistAttempt ended = attempt_started(run, first, 0);
  ended.message = "x";
  while (ended.message->size() < 1'000'000) {
    *ended.message += "\u20AC";
  }

  this->write({ended, PersistSession{.session = "s", .message = *ended.message}});

  const std::string message = *this->harness.attempts(run).at(0).message;
  EXPECT_LE(message.size(), longest_message);
  EXPECT_GT(message.size(), longest_message - 10);
  EXPECT_TRUE(is_sound_text(message));
  EXPECT_THAT(message, testing::EndsWith("\u20AC..."));
  EXPECT_EQ(this->harness.sessions().at(0).message, message);
}

}  // namespace
}  // namespace tarama::db::test
