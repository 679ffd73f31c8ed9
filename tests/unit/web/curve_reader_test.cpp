// Curves out of a real store: what has come since is seen, what a newer attempt trained again too.
#include "documents/curves/curve_reader.hpp"

#include "bench/made_up_sweep.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "documents/curves/curves_answer.hpp"
#include "documents/curves/stored_curves.hpp"
#include "documents/reported_names.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CurveReaderTest : public testing::Test {
 protected:
  CurveReaderTest()
      : writing_(std::move(*db::open_sqlite_store(folder_.path() / "tarama.db"))),
        run_(
            writing_->create_sweep(bench::made_up_sweep({.levels = 1, .replicates = 1, .steps = 9}))
                ->record.runs.front()
                .run),
        reading_(std::move(*db::ReadStore::open(folder_.path() / "tarama.db"))) {}

  /// Steps `from` to `to`, without `to`, each with its number times `factor` as its loss.
  void write(int attempt, int from, int to, double factor) {
    db::MetricBatch batch;
    batch.run = run_;
    batch.attempt = Attempt{attempt};
    for (int step = from; step < to; ++step) {
      StepRow row;
      row.step = step;
      row.loss = factor * step;
      batch.steps.push_back(row);
    }
    PersistAttempt began;
    began.run = run_;
    began.attempt = Attempt{attempt};
    began.first_step = from;
    ASSERT_TRUE(writing_->write({began, batch}).has_value());
  }

  std::vector<float> losses(int attempt, bool is_over = false) {
    const auto curve = reader_.read(reading_, {run_, Attempt{attempt}, is_over}, CurveMetric::loss);
    EXPECT_TRUE(curve.has_value());
    return curve->y;
  }

  test::TempFolder folder_;
  std::unique_ptr<db::RunStore> writing_;
  RunId run_;
  db::ReadStore reading_;
  CurveReader reader_{1'000'000};
};

TEST_F(CurveReaderTest, SeesTheStepsThatHaveComeSince) {
  EXPECT_THAT(losses(1), IsEmpty());
  write(1, 0, 2, 1);
  EXPECT_THAT(losses(1), ElementsAre(0, 1));
  write(1, 0, 4, 1);
  EXPECT_THAT(losses(1), ElementsAre(0, 1, 2, 3));
}

TEST_F(CurveReaderTest, TakesWhatANewerAttemptTrainedAgain) {
  write(1, 0, 4, 1);
  EXPECT_THAT(losses(1), ElementsAre(0, 1, 2, 3));
  write(2, 2, 4, 10);
  EXPECT_THAT(losses(2), ElementsAre(0, 1, 20, 30));
}

TEST_F(CurveReaderTest, KeepsWhatIsOver) {
  write(1, 0, 2, 1);
  EXPECT_THAT(losses(1, true), ElementsAre(0, 1));
  write(1, 0, 4, 1);
  EXPECT_THAT(losses(1, true), ElementsAre(0, 1));  // no more was to come: nothing is read
}

TEST_F(CurveReaderTest, GivesOtherMetricsOfTheSameSteps) {
  write(1, 0, 3, 1);
  const auto rates = reader_.read(reading_, {run_, Attempt{1}, false}, CurveMetric::lr);
  EXPECT_THAT(rates->x, ElementsAre(0, 1, 2));
  EXPECT_THAT(rates->y, ElementsAre(0, 0, 0));
}

class LongRun : public testing::Test {
 protected:
  static constexpr std::int64_t steps = 40'000;

  LongRun() : writing_(std::move(*db::open_sqlite_store(folder_.path() / "tarama.db"))) {
    const bench::SweepShape shape{.levels = 1, .replicates = 1, .steps = steps};
    run_ = writing_->create_sweep(bench::made_up_sweep(shape))->record.runs.front().run;
    db::MetricBatch batch{run_, Attempt{1}, std::vector<StepRow>(steps), {EvalRow{.epoch = 1}}};
    for (std::int64_t step = 0; step < steps; ++step) {
      batch.steps[static_cast<std::size_t>(step)].step = step;
      batch.steps[static_cast<std::size_t>(step)].loss = step == 12'345 ? 7 : 1;
    }
    PersistAttempt began;
    began.run = run_;
    began.attempt = Attempt{1};
    began.first_step = 0;
    const PersistRun ended{run_, {.state = RunState::succeeded, .attempt = Attempt{1}}};
    EXPECT_TRUE(writing_->write({began, batch, ended}).has_value());
    reading_.emplace(std::move(*db::ReadStore::open(folder_.path() / "tarama.db")));
  }

  Curve losses(const CurveSight& sight) {
    return *reader_.read(*reading_, {run_, Attempt{1}, true}, CurveMetric::loss, sight);
  }

  test::TempFolder folder_;
  std::unique_ptr<db::RunStore> writing_;
  RunId run_;
  std::optional<db::ReadStore> reading_;
  CurveReader reader_{1'000'000};
};

TEST_F(LongRun, ComesAsFewPointsAndWithEveryPeak) {
  const CurveSight sight{.to = steps, .pixels = 600, .points = CurveSight::Points::extremes};
  const Curve whole = losses(sight);
  EXPECT_EQ(whole.size(), 2U * steps / 16);
  const auto peak = std::ranges::find(whole.y, 7.0F) - whole.y.begin();
  EXPECT_NEAR(whole.x[static_cast<std::size_t>(peak)], 12'345, 16);
}

TEST_F(LongRun, ComesStepByStepWhereThatIsLookedAt) {
  const Curve near = losses({.from = 12'000, .to = 12'600, .pixels = 600});
  EXPECT_LT(near.size(), 10'000U);
  const auto peak = std::ranges::find(near.y, 7.0F) - near.y.begin();
  EXPECT_EQ(near.x[static_cast<std::size_t>(peak)], 12'345);
}

TEST_F(LongRun, ComesWholeWhereNothingElseIsSaid) {
  EXPECT_EQ(losses({}).size(), static_cast<std::size_t>(steps));
}

TEST_F(LongRun, ABandIsOfTheMeans) {
  const Curve means = losses({.to = steps, .pixels = 600});
  EXPECT_EQ(means.size(), steps / 16U);
  EXPECT_FLOAT_EQ(*std::ranges::max_element(means.y), (15 * 1.0F + 7) / 16);
  EXPECT_EQ(means.x[0], 7.5);
}

/// Of a program that gives its numbers a name that SQL, JSON and HTML would take for their own.
class ReportedCurves : public testing::Test {
 protected:
  ReportedCurves() : writing_(std::move(*db::open_sqlite_store(folder_.path() / "tarama.db"))) {
    db::NewSweep sweep = bench::made_up_sweep({.levels = 1, .replicates = 1, .steps = 0});
    sweep.trainer = "program";
    sweep.metric = {.name = MetricName::reported, .program_name = name};
    stored_ = *writing_->create_sweep(sweep);
    report(Attempt{1}, {{0, 4.0}, {10, 3.0}, {20, 2.0}});
    report(Attempt{2}, {{20, 1.0}, {40, std::nan("")}});
  }

  void report(Attempt attempt, const std::vector<std::pair<std::int64_t, double>>& numbers) {
    db::MetricBatch batch;
    batch.run = run();
    batch.attempt = attempt;
    for (const auto& [step, value] : numbers) {
      batch.reported.push_back({.name = name, .step = step, .value = value});
    }
    PersistAttempt began;
    began.run = run();
    began.attempt = attempt;
    began.first_step = 0;
    ASSERT_TRUE(writing_->write({began, batch}).has_value());
  }

  [[nodiscard]] RunId run() const { return stored_.record.runs.front().run; }

  static constexpr const char* name = "it's \"<b>\"'); DROP TABLE metric; --";
  test::TempFolder folder_;
  std::unique_ptr<db::RunStore> writing_;
  db::StoredSweep stored_;
  CurveReader reader_{1'000'000};
};

TEST_F(ReportedCurves, AreReadByAnyNameAndByTheAttemptsThatCount) {
  const auto store = std::move(*db::ReadStore::open(folder_.path() / "tarama.db"));

  const auto curve = reader_.read_reported(store, {run(), Attempt{2}, false}, name);

  ASSERT_TRUE(curve.has_value());
  EXPECT_THAT(curve->x, ElementsAre(0, 10, 20, 40));
  EXPECT_THAT(curve->y, ElementsAre(4, 3, 1, testing::IsNan()));
  EXPECT_EQ(reader_.read_reported(store, {run(), Attempt{2}, false}, "another")->size(), 0U);
  EXPECT_THAT(*reported_names(store, *store.sweep(stored_.record.sweep), 10), ElementsAre(name));
}

TEST_F(ReportedCurves, ReachAsFarAsTheirSteps) {
  const auto store = std::move(*db::ReadStore::open(folder_.path() / "tarama.db"));

  const auto answer = curves_answer(
      store, reader_, {.sweep = stored_.record.sweep, .runs = {run()}, .reported = name});

  ASSERT_TRUE(answer.has_value());
  const auto head = nlohmann::json::parse(answer->substr(4, answer->rfind('}') - 3));
  EXPECT_EQ(head["metric"], name);
  EXPECT_EQ(head["to"], 41);
  EXPECT_EQ(head["lengths"], 1);
  EXPECT_EQ(head["series"][0]["points"], 4);
}

TEST_F(ReportedCurves, TravelInAReportAtTheirSteps) {
  const auto store = std::move(*db::ReadStore::open(folder_.path() / "tarama.db"));

  const auto curves = stored_curves_json(store, *store.runs(stored_.record.sweep), {name});

  ASSERT_TRUE(curves.has_value());
  EXPECT_EQ((*curves)[name]["steps"], nlohmann::json::parse("[[0, 10, 20, 40]]"));
  EXPECT_EQ((*curves)[name]["low"], nlohmann::json::parse("[1.0]"));
  EXPECT_EQ((*curves)[name]["high"], nlohmann::json::parse("[4.0]"));
}

}  // namespace
}  // namespace tarama
