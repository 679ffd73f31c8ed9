// What every RunStore promises of rows of training: which count, and when a run may succeed.
#include "tests/contract/db/store_harness.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class Harness>
class RunStoreRows : public testing::Test {
 protected:
  void create(const SweepShape& shape = {}) {
    must(harness.store().create_sweep(sample_sweep(shape)));
  }

  void write(std::vector<Write> writes) { must(harness.store().write(writes)); }

  Harness harness;
};

using Stores = testing::Types<SqliteHarness, MemoryHarness>;
TYPED_TEST_SUITE(RunStoreRows, Stores);

constexpr RunId run{1};
constexpr Attempt first{1};
constexpr Attempt second{2};

TYPED_TEST(RunStoreRows, RowsComeBackAsTheyWere) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 3);
  batch.evals = {sample_eval(1)};
  batch.evals.push_back(sample_eval(1));
  batch.evals[1].split = Split::test;

  this->write({attempt_started(run, first, 0), batch});
  this->harness.restart();

  EXPECT_EQ(this->harness.steps(run), batch.steps);
  EXPECT_EQ(this->harness.evals(run), batch.evals);
}

TYPED_TEST(RunStoreRows, TheSameRowsAgainChangeNothing) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 3);
  batch.evals = {sample_eval(1)};
  this->write({attempt_started(run, first, 0), batch});
  MetricBatch again = batch;
  again.steps[1].loss = 77;
  again.evals[0].loss = 77;

  this->write({again, again});

  EXPECT_EQ(this->harness.steps(run), batch.steps);
  EXPECT_EQ(this->harness.evals(run), batch.evals);
}

TYPED_TEST(RunStoreRows, RowsCountOnceTheirAttemptHasStarted) {
  this->create();
  this->write({attempt_leased(run, first), batch_of_steps(run, first, 0, 2)});
  EXPECT_THAT(this->harness.steps(run), IsEmpty());

  this->write({attempt_started(run, first, 0)});

  EXPECT_EQ(this->harness.steps(run).size(), 2U);
}

TYPED_TEST(RunStoreRows, AStepBelongsToTheNewestAttemptThatStartedAtItOrBefore) {
  this->create();
  MetricBatch old = batch_of_steps(run, first, 0, 4);
  MetricBatch resumed = batch_of_steps(run, second, 2, 3);
  resumed.steps[0].loss = 0.125;

  this->write({attempt_started(run, first, 0), old, attempt_started(run, second, 2), resumed});

  std::vector<StepRow> expected = batch_of_steps(run, first, 0, 2).steps;
  expected.push_back(resumed.steps[0]);
  EXPECT_EQ(this->harness.steps(run), expected);
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{3, 0}));
}

TYPED_TEST(RunStoreRows, AnAttemptThatHasNotStartedTakesNoSteps) {
  this->create();
  this->write({attempt_started(run, first, 0), batch_of_steps(run, first, 0, 4)});

  this->write({attempt_leased(run, second)});

  EXPECT_EQ(this->harness.steps(run).size(), 4U);
}

TYPED_TEST(RunStoreRows, ALateRowOfAnOldAttemptFillsAGapAndOverwritesNothing) {
  this->create();
  this->write({attempt_started(run, first, 0),
               batch_of_steps(run, first, 0, 1),
               attempt_started(run, second, 2),
               batch_of_steps(run, second, 2, 4)});
  EXPECT_EQ(must(this->harness.store().committed(run)).steps, 1);
  MetricBatch late = batch_of_steps(run, first, 1, 4);
  late.steps[1].loss = 77;
  late.steps[2].loss = 77;

  this->write({late});

  EXPECT_EQ(this->harness.steps(run), batch_of_steps(run, first, 0, 4).steps);
  EXPECT_EQ(must(this->harness.store().committed(run)).steps, 4);
}

TYPED_TEST(RunStoreRows, AnAttemptThatResumedBehindAnEpochMayMakeItsEvaluation) {
  this->create();
  const MetricBatch resumed{run, second, {}, {sample_eval(1, 0.9)}};

  this->write({attempt_started(run, first, 0),
               batch_of_steps(run, first, 0, 2),
               attempt_started(run, second, 2),
               resumed});

  EXPECT_EQ(this->harness.evals(run), resumed.evals);
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{2, 1}));
}

TYPED_TEST(RunStoreRows, OfTwoEvaluationsOfAnEpochTheNewerAttemptsCounts) {
  this->create();
  const MetricBatch old{run, first, {}, {sample_eval(1, 0.1), sample_eval(2, 0.1)}};
  const MetricBatch resumed{run, second, {}, {sample_eval(1, 0.9)}};

  this->write({attempt_started(run, first, 0), old, attempt_started(run, second, 2), resumed});

  // Epoch 2's evaluation followed step 3, which the second attempt trains again.
  EXPECT_EQ(this->harness.evals(run), resumed.evals);
}

TYPED_TEST(RunStoreRows, NumbersThatAreNotFiniteComeBackAsNaN) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 2);
  batch.steps[0].loss = std::numeric_limits<double>::infinity();
  batch.steps[1].loss = std::nan("");
  batch.evals = {sample_eval(1)};
  batch.evals[0].loss = -std::numeric_limits<double>::infinity();

  this->write({attempt_started(run, first, 0), batch});

  EXPECT_TRUE(std::isnan(this->harness.steps(run)[0].loss));
  EXPECT_TRUE(std::isnan(this->harness.steps(run)[1].loss));
  EXPECT_TRUE(std::isnan(this->harness.evals(run)[0].loss));
}

TYPED_TEST(RunStoreRows, CommittedStopsAtTheFirstGap) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 2);
  batch.steps.push_back(sample_step(3));
  batch.evals = {sample_eval(2)};

  this->write({attempt_started(run, first, 0), batch});

  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{2, 0}));
}

TYPED_TEST(RunStoreRows, TheTestCountsBehindTheLastEpoch) {
  this->create({1, 1, 4, 3});
  MetricBatch batch{run, first, {}, {sample_eval(1), sample_eval(2)}};
  batch.evals[1].split = Split::test;
  this->write({attempt_started(run, first, 0), batch});
  EXPECT_EQ(must(this->harness.store().committed(run)).evals, 1);

  this->write({MetricBatch{run, first, {}, {sample_eval(2)}}});

  EXPECT_EQ(must(this->harness.store().committed(run)).evals, 3);
}

TYPED_TEST(RunStoreRows, PredictionsComeBackAsTheyWere) {
  this->create();
  PredictionRows eval = sample_predictions(run, first, 1, 4500);
  PredictionRows test = sample_predictions(run, first, 2, 3);
  test.predictions.split = Split::test;

  this->write({test, eval});
  this->harness.restart();

  EXPECT_THAT(this->harness.predictions(run), ElementsAre(eval.predictions, test.predictions));
}

TYPED_TEST(RunStoreRows, TheSamePredictionsAgainChangeNothing) {
  this->create();
  const PredictionRows rows = sample_predictions(run, first, 1, 5);
  PredictionRows again = rows;
  again.predictions.classes = again.labels;
  this->write({rows});

  this->write({again, rows});

  EXPECT_THAT(this->harness.predictions(run), ElementsAre(rows.predictions));
}

TYPED_TEST(RunStoreRows, OnlyTheNewestAttemptsPredictionsAreKept) {
  this->create();
  const PredictionRows old = sample_predictions(run, first, 1, 5);
  const PredictionRows others = sample_predictions(RunId{2}, first, 1, 5);
  const PredictionRows newer = sample_predictions(run, second, 2, 5);
  this->write({old, others});

  this->write({newer});
  this->write({old});

  EXPECT_THAT(this->harness.predictions(run), ElementsAre(newer.predictions));
  EXPECT_THAT(this->harness.predictions(RunId{2}), ElementsAre(others.predictions));
}

TYPED_TEST(RunStoreRows, PredictionsThatCannotBeRightAreRefused) {
  this->create();
  const PredictionRows right = sample_predictions(run, first, 1, 5);
  std::vector<PredictionRows> wrong(6, right);
  wrong[0].predictions.epoch = 0;
  wrong[1].predictions.classes.pop_back();
  wrong[2].predictions.classes[4] = 3;  // there are classes 0 to 2
  wrong[3].labels[0] = 3;
  wrong[4].names.clear();
  wrong[5].attempt = Attempt{0};

  for (const PredictionRows& rows : wrong) {
    const auto result = this->harness.store().write({rows});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
  }
  const PredictionRows of_nobody = sample_predictions(RunId{77}, first, 1, 5);
  EXPECT_EQ(this->harness.store().write({of_nobody}).error().code, Errc::not_found);
  EXPECT_THAT(this->harness.predictions(run), IsEmpty());
}

TYPED_TEST(RunStoreRows, ARunWithAllItsRowsMaySucceed) {
  this->create();

  this->write(whole_run(run));

  EXPECT_EQ(records_of(this->harness.store())[0].standing.state, RunState::succeeded);
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{4, 2}));
}

TYPED_TEST(RunStoreRows, TheOrderWithinATransactionDoesNotMatterToSuccess) {
  this->create();
  std::vector<Write> writes = whole_run(run);
  std::swap(writes.front(), writes.back());

  this->write(writes);

  EXPECT_EQ(records_of(this->harness.store())[0].standing.state, RunState::succeeded);
}

TYPED_TEST(RunStoreRows, ARunWithoutAllItsRowsCannotSucceed) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 3);
  batch.evals = {sample_eval(1), sample_eval(2)};

  const auto result = this->harness.store().write(
      {attempt_started(run, first, 0), batch, run_in(run, RunState::succeeded, first)});

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(),
            (Error{Errc::corrupt,
                   "run 1 was reported as succeeded, but the store has its first 3 steps of 4 and "
                   "2 evaluations of 2; it cannot count as succeeded"}));
  EXPECT_EQ(records_of(this->harness.store())[0].standing.state, RunState::pending);
  EXPECT_THAT(this->harness.steps(run), IsEmpty());
}

TYPED_TEST(RunStoreRows, MoreRowsThanPlannedAreNoSuccessEither) {
  this->create();
  MetricBatch batch = batch_of_steps(run, first, 0, 5);
  batch.evals = {sample_eval(1), sample_eval(2)};

  const auto result = this->harness.store().write(
      {attempt_started(run, first, 0), batch, run_in(run, RunState::succeeded, first)});

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::corrupt);
}

/// Of the program's metric `score` and others.
NewSweep sweep_of_a_program() {
  NewSweep sweep = sample_sweep({.steps = 0, .evals = 1});
  sweep.trainer = "program";
  sweep.metric = {.name = MetricName::reported, .program_name = "score"};
  return sweep;
}

MetricBatch reported_by(Attempt attempt, std::vector<ReportedRow> rows) {
  MetricBatch batch;
  batch.run = run;
  batch.attempt = attempt;
  batch.reported = std::move(rows);
  return batch;
}

TYPED_TEST(RunStoreRows, TheValuesOfANumberAreThoseThatCountByStep) {
  this->create();
  MetricBatch old = batch_of_steps(run, first, 0, 4);
  old.evals = {sample_eval(1, 0.25), sample_eval(2, 0.5)};
  old.evals.push_back(old.evals[1]);
  old.evals[2].split = Split::test;
  MetricBatch resumed = batch_of_steps(run, second, 2, 4);
  resumed.evals = {old.evals[1]};
  resumed.evals[0].loss = std::numeric_limits<double>::quiet_NaN();

  this->write({attempt_started(run, first, 0), old, attempt_started(run, second, 2), resumed});
  this->harness.restart();

  const auto values = must(this->harness.store().values(run, "eval.loss"));
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0], (MetricPoint{1, old.evals[0].loss}));
  EXPECT_EQ(values[1].step, 3);
  EXPECT_TRUE(std::isnan(values[1].value));
  EXPECT_EQ(must(this->harness.store().values(run, "test.mcc")).size(), 0U);
  EXPECT_THAT(must(this->harness.store().values(run, "score")), IsEmpty());
}

TYPED_TEST(RunStoreRows, TheValuesOfAProgramsNumberAreThoseOfTheNewestAttemptFromItsFirstOn) {
  must(this->harness.store().create_sweep(sweep_of_a_program()));

  this->write({attempt_started(run, first, 0),
               reported_by(first,
                           {{.name = "score", .step = 20, .value = 3},
                            {.name = "score", .step = 3, .value = 1},
                            {.name = "other", .step = 4, .value = 7}}),
               attempt_started(run, second, 0),
               reported_by(second,
                           {{.name = "other", .step = 10, .value = 8},
                            {.name = "score", .step = 12, .value = 2}})});

  EXPECT_THAT(must(this->harness.store().values(run, "score")),
              ElementsAre(MetricPoint{3, 1}, MetricPoint{12, 2}));
  EXPECT_THAT(must(this->harness.store().values(run, "nothing")), IsEmpty());
}

// So that an orchestrator knows which steps of the next attempt are new.
TYPED_TEST(RunStoreRows, OfAProgramTheHighestStepIsKnownWhicheverAttemptReportedIt) {
  must(this->harness.store().create_sweep(sweep_of_a_program()));
  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{0, 0, 0}));

  this->write(
      {attempt_started(run, first, 0),
       reported_by(first, {{.name = "loss", .step = 7, .value = 2}, {.name = "a", .step = 2}}),
       attempt_started(run, second, 0),
       reported_by(second, {{.name = "score", .step = 0, .value = 1}})});

  EXPECT_EQ(must(this->harness.store().committed(run)), (Committed{0, 1, 8}));
}

}  // namespace
}  // namespace tarama::db::test
