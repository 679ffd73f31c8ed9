// What the views show, after writes through the store.
#include "db/sqlite/sqlite_connection.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <gmock/gmock.h>

namespace tarama::db::test {
namespace {

using testing::HasSubstr;
using testing::Not;

using Row = std::vector<Cell>;
constexpr std::monostate null;

class Views : public testing::Test {
 protected:
  void create(NewSweep sweep) { must(harness.store().create_sweep(sweep)); }

  void write(const std::vector<Write>& writes) { must(harness.store().write(writes)); }

  [[nodiscard]] std::vector<Row> ask(const std::string& sql) const {
    return must(test::ask(harness.reader(), sql)).rows;
  }

  SqliteHarness harness;
};

TEST_F(Views, AccountHasAllRunsOfASweepOnceAndCountsCancellingAsRunning) {
  create(sample_sweep({5, 2}));
  create(sample_sweep({1, 1}, "other"));
  std::vector<Write> writes;
  std::int64_t id = 0;
  for (const RunState state : {RunState::leased,
                               RunState::running,
                               RunState::cancelling,
                               RunState::failed,
                               RunState::cancelled,
                               RunState::stopped}) {
    writes.push_back(run_in(RunId{++id}, state, Attempt{1}));
  }
  write(writes);
  write(whole_run(RunId{7}));

  EXPECT_EQ(ask("SELECT * FROM account"),
            (std::vector<Row>{{1, 10, 3, 1, 2, 1, 1, 1, 1}, {2, 1, 1, 0, 0, 0, 0, 0, 0}}));
}

TEST_F(Views, ResultsShowARunWithItsLevelAndItsLastEpoch) {
  create(sample_sweep());

  write(whole_run(RunId{2}, {0.9, 0.75}));

  EXPECT_EQ(ask("SELECT run_id, sweep_id, sweep, state, failure_class, attempts, lr, warmup, "
                "epochs, norm, seed, batch_size FROM results WHERE run_id = 2"),
            (std::vector<Row>{{2, 1, "cola", "succeeded", null, 1, 2e-5, 0.1, 2, "pre", 1, 32}}));
  EXPECT_EQ(
      ask("SELECT params, metric, flat_accuracy, eval_loss, mcc, train_seconds, device, "
          "run_key FROM results WHERE run_id = 2"),
      (std::vector<Row>{{R"({"lr":2e-05})", 0.75, 0.75, 0.25, 0.375, 2.5, "cpu", "key-2-0"}}));
}

TEST_F(Views, ResultsOfARunThatHasNotEndedHaveNoMetric) {
  create(sample_sweep());
  const MetricBatch batch{RunId{1}, Attempt{1}, {}, {sample_eval(1)}};

  write({attempt_started(RunId{1}, Attempt{1}, 0), batch});

  EXPECT_EQ(ask("SELECT state, attempts, metric, train_seconds, device FROM results LIMIT 1"),
            (std::vector<Row>{{"pending", 0, null, null, null}}));
}

TEST_F(Views, TheMetricIsTheBestEpochsWhereTheSweepSaysSo) {
  NewSweep sweep = sample_sweep();
  sweep.metric = {MetricName::loss, Goal::minimize, Take::best};
  create(sweep);

  write(whole_run(RunId{1}, {0.75, 0.5}));

  EXPECT_EQ(ask("SELECT metric, flat_accuracy, eval_loss, mcc FROM results WHERE run_id = 1"),
            (std::vector<Row>{{0.25, 0.75, 0.25, 0.375}}));
}

TEST_F(Views, TheTestSplitNeverMakesTheMetric) {
  NewSweep sweep = sample_sweep({1, 1, 4, 3});
  sweep.metric.take = Take::best;
  create(sweep);
  std::vector<Write> writes = whole_run(RunId{1}, {0.5, 0.625});
  MetricBatch test{RunId{1}, Attempt{1}, {}, {sample_eval(2, 0.99)}};
  test.evals[0].split = Split::test;
  writes.insert(writes.begin(), test);

  write(writes);

  EXPECT_EQ(ask("SELECT metric FROM results"), (std::vector<Row>{{0.625}}));
  EXPECT_EQ(ask("SELECT epoch, split, flat_accuracy FROM evals"),
            (std::vector<Row>{{1, "eval", 0.5}, {2, "eval", 0.625}, {2, "test", 0.99}}));
}

TEST_F(Views, ResultsSumTheSecondsOfAllAttemptsAndNameTheNewestDevice) {
  create(sample_sweep());
  PersistAttempt elsewhere = attempt_leased(RunId{1}, Attempt{2});
  elsewhere.device = "cuda:1";

  write({attempt_leased(RunId{1}, Attempt{1}),
         TrainSeconds{RunId{1}, Attempt{1}, 1.5},
         elsewhere,
         TrainSeconds{RunId{1}, Attempt{2}, 2.0},
         run_in(RunId{1}, RunState::leased, Attempt{2})});

  EXPECT_EQ(ask("SELECT attempts, train_seconds, device FROM results WHERE run_id = 1"),
            (std::vector<Row>{{2, 3.5, "cuda:1"}}));
}

TEST_F(Views, ResultsCarryWhatAnyAttemptSaysOfItsNumbersAndNoErrors) {
  create(sample_sweep());
  const auto ended = [](Attempt attempt, const char* outcome, const char* message) {
    PersistAttempt row = attempt_leased(RunId{1}, attempt);
    row.outcome = outcome;
    row.message = message;
    return row;
  };
  write({ended(Attempt{1}, "stopped", "8 examples at a time"),
         ended(Attempt{2}, "crashed", "by signal 9")});
  EXPECT_EQ(ask("SELECT note FROM results WHERE run_id = 1"),
            (std::vector<Row>{{"8 examples at a time"}}));

  write({ended(Attempt{3}, "stopped", "8 examples at a time"), ended(Attempt{4}, "succeeded", "")});

  EXPECT_EQ(ask("SELECT note FROM results WHERE run_id = 1"),
            (std::vector<Row>{{"8 examples at a time"}}));
  EXPECT_EQ(ask("SELECT count(*) FROM results WHERE note IS NULL AND run_id = 2"),
            (std::vector<Row>{{1}}));
}

TEST_F(Views, LevelsSummariseTheSucceededReplicates) {
  create(sample_sweep({2, 3}));
  // Replicates of level 1 are runs 1, 3, 5; those of level 2 are 2, 4, 6.
  write(whole_run(RunId{1}, {0.5, 0.5}));
  write(whole_run(RunId{3}, {0.5, 0.75}));
  write({run_in(RunId{5}, RunState::failed, Attempt{1})});
  write(whole_run(RunId{2}, {0.5, 0.625}));

  const auto rows =
      ask("SELECT level_id, planned, succeeded, failed, mean, sd, minimum, maximum, steps_per_run "
          "FROM levels");

  // The sample deviation of 0.5 and 0.75 is 0.25 / sqrt(2).
  EXPECT_EQ(rows,
            (std::vector<Row>{{1, 3, 2, 1, 0.625, std::sqrt(0.03125), 0.5, 0.75, 4},
                              {2, 3, 1, 0, 0.625, null, 0.625, 0.625, 4}}));
}

TEST_F(Views, LevelsWithoutAnyResultHaveNulls) {
  create(sample_sweep({1, 1}));

  EXPECT_EQ(ask("SELECT * FROM levels"),
            (std::vector<Row>{{1,
                               1,
                               R"({"lr":1e-05})",
                               1e-5,
                               0.1,
                               2,
                               "post",
                               1,
                               0,
                               0,
                               null,
                               null,
                               null,
                               null,
                               4,
                               "fake",
                               2,
                               0}}));
}

TEST_F(Views, ALossThatIsNotFiniteIsNull) {
  create(sample_sweep());
  MetricBatch batch = batch_of_steps(RunId{1}, Attempt{1}, 0, 1);
  batch.steps[0].loss = std::nan("");

  write({attempt_started(RunId{1}, Attempt{1}, 0), batch});

  EXPECT_EQ(ask("SELECT * FROM steps"),
            (std::vector<Row>{{1, 0, 1, 1e-5, null, 0.5, 32, 400, 2000}}));
}

TEST_F(Views, MetricsHaveEveryNumberOfARunByItsName) {
  create(sample_sweep({1, 1}));
  MetricBatch batch = batch_of_steps(RunId{1}, Attempt{1}, 0, 1);
  batch.evals = {sample_eval(1, 0.5), sample_eval(2, 0.25)};
  batch.evals[1].split = Split::test;

  write({attempt_started(RunId{1}, Attempt{1}, 0), batch});

  EXPECT_EQ(ask("SELECT step, epoch, name, value FROM metrics WHERE run_id = 1 ORDER BY name"),
            (std::vector<Row>{{1, 1, "eval.flat_accuracy", 0.5},
                              {1, 1, "eval.loss", 0.5},
                              {1, 1, "eval.macro_f1", 0.125},
                              {1, 1, "eval.mcc", 0.25},
                              {0, 1, "lr", 1e-5},
                              {3, 2, "test.flat_accuracy", 0.25},
                              {3, 2, "test.loss", 0.75},
                              {3, 2, "test.macro_f1", 0.0625},
                              {3, 2, "test.mcc", 0.125},
                              {0, 1, "train.flat_accuracy", 0.5},
                              {0, 1, "train.loss", 1.0}}));
}

TEST_F(Views, MetricsOfAProgramCountByItsNewestAttemptAsStepsDo) {
  create(sample_sweep({1, 1}));
  write({attempt_started(RunId{1}, Attempt{1}, 0), attempt_started(RunId{1}, Attempt{2}, 5)});
  SqliteConnection(harness.database(), Access::read_write)
      .execute(
          "INSERT INTO metric_name VALUES (1, 'f1');"
          "INSERT INTO metric (run_id, attempt, name_id, step, epoch, value) VALUES "
          "(1, 1, 1, 4, 1, 0.25), (1, 1, 1, 5, NULL, 0.5), (1, 2, 1, 5, NULL, 0.75)");

  EXPECT_EQ(ask("SELECT step, epoch, name, value FROM metrics"),
            (std::vector<Row>{{4, 1, "f1", 0.25}, {5, null, "f1", 0.75}}));
}

TEST_F(Views, ChangesAreNumberedInTheirOrder) {
  write({Change{TimePoint{7}, "sweep", R"({"id":1})"}, Change{TimePoint{8}, "run", "{}"}});

  EXPECT_EQ(ask("SELECT * FROM changes"),
            (std::vector<Row>{{1, 7, "sweep", R"({"id":1})"}, {2, 8, "run", "{}"}}));
}

TEST_F(Views, SettingsOfALevelCompareEqualToTheSameNumberInAQuery) {
  NewSweep sweep = sample_sweep({1, 1});
  sweep.levels[0].training.weight_decay = 0.1 + 0.2;
  sweep.levels[0].training.max_grad_norm = 1e-300;
  sweep.levels[0].training.dropout = 0.30000000000000004;
  sweep.levels[0].training.lr = 2.9999999999999997e-05;
  create(sweep);

  EXPECT_EQ(ask("SELECT batch_size, schedule, t_total, precision FROM results "
                "WHERE weight_decay = 0.30000000000000004 AND max_grad_norm = 1e-300 "
                "AND dropout = weight_decay AND lr = 2.9999999999999997e-05"),
            (std::vector<Row>{{32, "warmup_cosine", "none", "fp32"}}));
}

TEST_F(Views, ColumnsAreThoseOfTheContract) {
  const std::vector<std::pair<std::string, std::string>> contract = {
      {"steps", "run_id step epoch lr loss flat_accuracy examples tokens at"},
      {"evals",
       "run_id epoch split step loss flat_accuracy batch_mean_flat_accuracy mcc macro_f1 "
       "majority_accuracy examples"},
      {"levels",
       "sweep_id level_id params lr warmup epochs norm planned succeeded failed mean sd minimum "
       "maximum steps_per_run learner numerics stopped"},
      {"account", "sweep_id planned pending leased running succeeded failed cancelled stopped"},
      {"results",
       "run_id sweep_id sweep state failure_class attempts lr warmup epochs norm seed batch_size "
       "schedule t_total weight_decay max_grad_norm dropout precision layers hidden level_id "
       "replicate params metric flat_accuracy eval_loss mcc train_seconds device run_key learner "
       "numerics taken_from note"},
      {"metrics", "run_id step epoch name value"},
      {"predictions", "run_id epoch split example predicted label"},
      {"devices",
       "device attempts succeeded failed train_seconds last_used_at quarantined_since read_at "
       "busy_percent celsius watts used_bytes memory_bytes"},
      {"device_readings", "device at busy_percent celsius watts used_bytes memory_bytes"},
      {"quarantines", "device began_at ended_at reason failed_tries"},
      {"rungs", "sweep_id bracket rung place run_id step value decision"},
      {"changes", "seq at kind json"}};
  for (const auto& [view, columns] : contract) {
    const Table table = must(test::ask(harness.reader(), "SELECT * FROM " + view));
    EXPECT_EQ(fmt::format("{}", fmt::join(table.names, " ")), columns) << view;
  }
}

TEST_F(Views, DevicesShowTheirNewestReadingAndOldOnesGo) {
  create(sample_sweep());
  write(whole_run(RunId{1}));
  const std::string device = std::get<std::string>(ask("SELECT device FROM devices")[0][0]);
  const std::int64_t kept = readings_kept.count();
  write({DeviceReading{.device = device, .at = TimePoint{1000}, .busy_percent = 10},
         DeviceReading{.device = "cuda:7", .at = TimePoint{1000}, .watts = 70.5},
         DeviceReading{.device = device, .at = TimePoint{1000 + kept}, .celsius = 50}});

  EXPECT_EQ(ask("SELECT device, read_at, busy_percent, celsius FROM devices"),
            (std::vector<Row>{{device, 1000 + kept, null, 50}}));
  write({DeviceReading{.device = device, .at = TimePoint{1001 + kept}}});

  EXPECT_EQ(ask("SELECT device, at, watts FROM device_readings ORDER BY device = 'cuda:7', at"),
            (std::vector<Row>{
                {device, 1000 + kept, null}, {device, 1001 + kept, null}, {"cuda:7", 1000, 70.5}}));
}

TEST_F(Views, UseNoFunctionThatStockSqliteLacks) {
  // A program that reads the store may have been built without SQLite's math functions.
  const auto rows = ask("SELECT name, lower(sql) FROM sqlite_schema WHERE type = 'view'");
  ASSERT_EQ(rows.size(), 16U);
  for (const Row& row : rows) {
    for (const char* function :
         {"sqrt", "pow", "exp(", "ln(", "log", "json_", "->", "floor", "ceil"}) {
      EXPECT_THAT(std::get<std::string>(row[1]), Not(HasSubstr(function)));
    }
  }
}

TEST_F(Views, QuestionsAboutOneRunOrSweepReadNothingElse) {
  // 10,000 runs must be counted, and one of them found, without reading every row.
  for (const char* sql : {"SELECT * FROM steps WHERE run_id = 1",
                          "SELECT * FROM metrics WHERE run_id = 1",
                          "SELECT * FROM metrics WHERE run_id = 1 AND name = 'eval.mcc'",
                          "SELECT * FROM changes WHERE seq > 7",
                          "SELECT * FROM evals WHERE run_id = 1",
                          "SELECT * FROM results WHERE run_id = 1",
                          "SELECT * FROM levels WHERE sweep_id = 1",
                          "SELECT * FROM account WHERE sweep_id = 1"}) {
    SqliteConnection raw(harness.database(), Access::read_only);
    Query plan = raw.query(std::string("EXPLAIN QUERY PLAN ") + sql);
    while (plan.next()) {
      // "SCAN account" and "SCAN metrics" are over what the view has found by itself.
      if (plan.text(3) != "SCAN account" && plan.text(3) != "SCAN metrics") {
        EXPECT_THAT(plan.text(3), Not(HasSubstr("SCAN"))) << sql;
      }
    }
  }
}

TEST_F(Views, AccountCountsFromItsIndexAlone) {
  SqliteConnection raw(harness.database(), Access::read_only);
  Query plan = raw.query("EXPLAIN QUERY PLAN SELECT * FROM account");
  std::string steps;
  while (plan.next()) {
    steps += plan.text(3) + "\n";
  }
  EXPECT_THAT(steps, HasSubstr("USING COVERING INDEX run_by_level"));
}

/// A run of everything, and predictions of its attempt before its end.
std::vector<Write> run_that_predicts(RunId run, std::int64_t examples) {
  std::vector<Write> writes = whole_run(run);
  writes.insert(writes.begin() + 3, sample_predictions(run, Attempt{1}, 2, examples));
  return writes;
}

TEST_F(Views, PredictionsShowEachExampleByTheNamesOfItsClasses) {
  create(sample_sweep());

  write(run_that_predicts(RunId{2}, 4));

  EXPECT_EQ(ask("SELECT * FROM predictions ORDER BY example"),
            (std::vector<Row>{{2, 2, "eval", 0, "iyi", "iyi"},
                              {2, 2, "eval", 1, "", "it's \"bad\""},
                              {2, 2, "eval", 2, "", ""},
                              {2, 2, "eval", 3, "it's \"bad\"", "iyi"}}));
}

TEST_F(Views, PredictionsOfLongSplitsAreWhole) {
  create(sample_sweep());

  write(run_that_predicts(RunId{1}, 4001));

  EXPECT_EQ(ask("SELECT count(*), count(DISTINCT example), min(example), max(example), "
                "sum(predicted = label) FROM predictions"),
            (std::vector<Row>{{4001, 4001, 0, 4000, 2001}}));
}

TEST_F(Views, PredictionsOfManyClassesHaveTwoBytesAnExample) {
  create(sample_sweep());
  PredictionRows rows{.run = RunId{1}, .attempt = Attempt{1}, .predictions = {.epoch = 2}};
  for (int number = 0; number < 300; ++number) {
    rows.names.push_back("class " + std::to_string(number));
  }
  constexpr std::array<std::int32_t, 3> labels = {299, 43, 0};
  constexpr std::array<std::int32_t, 3> predicted = {299, 299, 256};
  rows.labels = coded_classes(labels, 300);
  rows.predictions.classes = coded_classes(predicted, 300);
  std::vector<Write> writes = whole_run(RunId{1});
  writes.emplace_back(rows);

  write(writes);

  EXPECT_EQ(ask("SELECT example, predicted, label FROM predictions ORDER BY example"),
            (std::vector<Row>{{0, "class 299", "class 299"},
                              {1, "class 299", "class 43"},
                              {2, "class 256", "class 0"}}));
}

TEST_F(Views, PredictionsAreThereOnceTheirAttemptHasSucceeded) {
  create(sample_sweep());
  const std::vector<Write> early = {attempt_started(RunId{1}, Attempt{1}, 0),
                                    sample_predictions(RunId{1}, Attempt{1}, 2, 4)};
  write(early);
  EXPECT_EQ(ask("SELECT count(*) FROM predictions"), (std::vector<Row>{{0}}));
  std::vector<Write> rest = whole_run(RunId{1});
  rest.back() = run_in(RunId{1}, RunState::succeeded, Attempt{2});

  write(rest);

  EXPECT_EQ(ask("SELECT count(*) FROM predictions"), (std::vector<Row>{{0}}));
}

TEST_F(Views, RunsOfTheSameDataShareTheirLabels) {
  create(sample_sweep());

  write(run_that_predicts(RunId{1}, 4));
  write(run_that_predicts(RunId{2}, 4));

  SqliteConnection raw(harness.database(), Access::read_only);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM label"), 1);
  EXPECT_EQ(raw.integer("SELECT count(*) FROM class_name"), 3);
}

// A run's predictions among those of many runs: no table may be read from end to end.
TEST_F(Views, PredictionsOfARunAreFoundByIt) {
  SqliteConnection raw(harness.database(), Access::read_only);
  Query plan = raw.query("EXPLAIN QUERY PLAN SELECT * FROM predictions WHERE run_id = 1");
  std::string steps;
  while (plan.next()) {
    steps += plan.text(3) + "\n";
  }
  for (const char* table : {"SCAN r\n", "SCAN l\n", "SCAN p\n", "SCAN t\n"}) {
    EXPECT_THAT(steps, Not(HasSubstr(table)));
  }
}

}  // namespace
}  // namespace tarama::db::test
