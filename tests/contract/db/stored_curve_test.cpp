// Curves that the store keeps for pictures: they say what the rows say, in every layer.
#include "db/stored_curve.hpp"

#include "tests/contract/db/frozen_stores.hpp"
#include "tests/contract/db/store_harness.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsNan;
using testing::SizeIs;

constexpr Attempt first{1};
constexpr Attempt second{2};

std::vector<float> rising(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = static_cast<float>(i);
  }
  return numbers;
}

StoredCurve read_back(const CurveLayer& layer) {
  StoredCurve curve;
  curve.steps_per_point = layer.steps_per_point;
  curve.append(layer.bytes);
  return curve;
}

TEST(CurveLayers, AShortCurveHasItsStepsAlone) {
  const auto layers = curve_layers(std::vector<float>{1.5F, -2.0F});

  ASSERT_THAT(layers, SizeIs(1));
  EXPECT_THAT(read_back(layers[0]).mean, ElementsAre(1.5F, -2.0F));
}

TEST(CurveLayers, APointAboveSaysLeastGreatestAndMeanOfItsSteps) {
  const auto layers = curve_layers(rising(16'384 + 3));

  ASSERT_THAT(layers, SizeIs(2));
  const StoredCurve coarse = read_back(layers[1]);
  EXPECT_EQ(coarse.steps_per_point, 16);
  ASSERT_THAT(coarse.mean, SizeIs(1025));
  EXPECT_THAT(std::vector({coarse.low[1], coarse.high[1], coarse.mean[1]}),
              ElementsAre(16, 31, FloatEq(23.5F)));
  // The last has three steps alone.
  EXPECT_THAT(std::vector({coarse.low[1024], coarse.high[1024], coarse.mean[1024]}),
              ElementsAre(16'384, 16'386, FloatEq(16'385.0F)));
}

TEST(CurveLayers, WhatIsNoNumberCountsForNothing) {
  std::vector<float> numbers = rising(16'384);
  std::fill_n(numbers.begin(), 16, std::numeric_limits<float>::quiet_NaN());
  numbers[17] = std::numeric_limits<float>::quiet_NaN();

  const StoredCurve coarse = read_back(curve_layers(numbers)[1]);

  EXPECT_THAT(coarse.mean[0], IsNan());
  EXPECT_THAT(coarse.low[0], IsNan());
  EXPECT_FLOAT_EQ(coarse.mean[1], (16.0F + (18 + 31) * 14 / 2.0F) / 15);
}

TEST(CurveLayers, APictureGetsTwoPointsAPixelAtLeast) {
  EXPECT_EQ(steps_per_point_for(1000, 600), 1);
  EXPECT_EQ(steps_per_point_for(16 * 2 * 600 - 1, 600), 1);
  EXPECT_EQ(steps_per_point_for(16 * 2 * 600, 600), 16);
  EXPECT_EQ(steps_per_point_for(1e6, 600), 256);
  EXPECT_EQ(steps_per_point_for(0, 0), 1);
}

class KeptCurves : public testing::Test {
 protected:
  /// Steps that go wrong at the end, none of them as they were in the attempt before.
  void train(std::int64_t steps, std::int64_t resumed_at) {
    SweepShape shape{.levels = 1, .replicates = 1, .steps = steps, .evals = 0};
    must(harness.store().create_sweep(sample_sweep(shape)));
    MetricBatch lost = batch_of_steps(run, first, 0, resumed_at + 2);
    for (StepRow& row : lost.steps) {
      row.loss += row.step < resumed_at ? 0 : 100;
    }
    MetricBatch rows = batch_of_steps(run, second, resumed_at, steps);
    rows.steps.back().loss = std::numeric_limits<double>::quiet_NaN();
    must(harness.store().write(
        {attempt_started(run, first, 0), lost, attempt_started(run, second, resumed_at), rows}));
  }

  void succeed() { must(harness.store().write({run_in(run, RunState::succeeded, second)})); }

  std::optional<StoredCurve> curve(StepNumber number = StepNumber::loss, CurvePart part = {}) {
    return must(harness.reader().curve(run, number, part));
  }

  std::vector<float> losses_of_rows() {
    std::vector<float> losses;
    for (const StepRow& row : harness.steps(run)) {
      losses.push_back(static_cast<float>(row.loss));
    }
    return losses;
  }

  SqliteHarness harness;
  RunId run{1};
};

TEST_F(KeptCurves, SayWhatTheRowsThatCountSay) {
  train(5000, 40);
  succeed();

  const auto kept = curve();

  const std::vector<float> rows = losses_of_rows();
  ASSERT_TRUE(kept.has_value());
  ASSERT_THAT(kept->mean, SizeIs(5000));
  EXPECT_EQ(std::vector(kept->mean.begin(), kept->mean.end() - 1),
            std::vector(rows.begin(), rows.end() - 1));
  EXPECT_THAT(kept->mean.back(), IsNan());
  EXPECT_THAT(curve(StepNumber::lr)->mean, testing::Each(FloatEq(1e-5F)));
  EXPECT_THAT(curve(StepNumber::flat_accuracy)->mean, testing::Each(Eq(0.5F)));
}

TEST_F(KeptCurves, APartComesWithoutTheRest) {
  train(10'000, 40);
  succeed();

  const auto part = curve(StepNumber::loss, {.from = 4200, .to = 4300});
  const auto behind = curve(StepNumber::loss, {.from = 20'000, .to = 30'000});

  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->first_step, 4096);
  EXPECT_THAT(part->mean, SizeIs(4096));
  EXPECT_FLOAT_EQ(part->mean[4], 1.0F / 4101);
  ASSERT_TRUE(behind.has_value());  // empty, and no reason to read the rows
  EXPECT_THAT(behind->mean, SizeIs(0));
}

TEST_F(KeptCurves, APointOnEachSideOfAPartComesAlong) {
  train(10'000, 40);
  succeed();
  EXPECT_EQ(curve(StepNumber::loss, {.from = 4096, .to = 4100})->first_step, 0);
  EXPECT_THAT(curve(StepNumber::loss, {.from = 10, .to = 4095})->mean, SizeIs(8192));
}

TEST_F(KeptCurves, ALongOneIsReadByItsLayers) {
  train(20'000, 40);
  succeed();

  const auto coarse = curve(StepNumber::loss, {.most_steps_per_point = 256});

  ASSERT_TRUE(coarse.has_value());
  EXPECT_EQ(coarse->steps_per_point, 16);  // the coarsest that there is
  EXPECT_THAT(coarse->high, SizeIs(1250));
}

TEST_F(KeptCurves, AreOfRunsThatSucceeded) {
  train(100, 40);
  EXPECT_EQ(curve(), std::nullopt);
  must(harness.store().write({run_in(run, RunState::failed, second)}));
  EXPECT_EQ(curve(), std::nullopt);
}

TEST_F(KeptCurves, AreNotOfShortRuns) {
  train(fewest_curve_steps - 1, 40);
  succeed();
  EXPECT_EQ(curve(), std::nullopt);
}

TEST_F(KeptCurves, ARunThatIsTakenOverHasThem) {
  train(100, 40);
  succeed();
  NewSweep other = sample_sweep({.levels = 1, .replicates = 1, .steps = 100, .evals = 0}, "other");
  other.takes_over = [](RunId) { return true; };
  const RunId taken = must(harness.store().create_sweep(std::move(other))).record.runs[0].run;

  const auto kept = must(harness.reader().curve(taken, StepNumber::loss, {}));

  ASSERT_TRUE(kept.has_value());
  EXPECT_THAT(kept->mean, SizeIs(100));
}

TEST_F(KeptCurves, AStoreOfBeforeGetsThemWhenItIsOpened) {
  train(100, 40);
  succeed();
  const auto before = curve()->mean;
  harness.close();
  SqliteConnection(harness.database(), Access::read_write).execute("DROP TABLE curve");
  EXPECT_EQ(curve(), std::nullopt);  // only read, it has none, and is read all the same

  std::vector<std::string> notices;
  must(open_sqlite_store(harness.database(), [&](const std::string& text) {
    notices.push_back(text);
  })).reset();

  EXPECT_THAT(notices,
              ElementsAre(HasSubstr("makes the curves of 1 runs"), HasSubstr("up to date: curve")));
  const auto after = curve()->mean;
  EXPECT_EQ(std::vector(after.begin(), after.end() - 1),
            std::vector(before.begin(), before.end() - 1));
}

class ReportedCurves : public testing::Test {
 protected:
  /// Reports `name` at every `stride`th step below `end`, its own number; an attempt before had
  /// others from step 100 on.
  void report(const std::string& name, std::int64_t stride, std::int64_t end) {
    lost.reported.push_back({.name = name, .step = 100, .value = -1});
    for (std::int64_t step = 0; step < end; step += stride) {
      (step < 100 ? lost : rows)
          .reported.push_back({.name = name, .step = step, .value = static_cast<double>(step)});
    }
  }

  void succeed() {
    NewSweep sweep = sample_sweep({.levels = 1, .replicates = 1, .steps = 0, .evals = 1});
    sweep.trainer = "program";
    sweep.metric = {.name = MetricName::reported, .program_name = "dense"};
    must(harness.store().create_sweep(sweep));
    lost.run = rows.run = run;
    lost.attempt = first;
    rows.attempt = second;
    must(harness.store().write({attempt_started(run, first, 0),
                                lost,
                                attempt_started(run, second, 0),
                                rows,
                                run_in(run, RunState::succeeded, second)}));
  }

  std::optional<StoredCurve> curve(const std::string& name, const CurvePart& part = {}) {
    return must(harness.reader().reported_curve(run, name, part));
  }

  SqliteHarness harness;
  RunId run{1};
  MetricBatch lost;
  MetricBatch rows;
};

TEST_F(ReportedCurves, SayWhatTheReportsThatCountSay) {
  report("dense", 1, 20'000);
  report("every other", 2, 20'000);
  succeed();

  const auto dense = curve("dense");
  const auto other = curve("every other");
  const auto coarse = curve("dense", {.most_steps_per_point = 16});

  ASSERT_TRUE(dense && other && coarse);
  EXPECT_EQ(dense->mean, rising(20'000));
  EXPECT_FLOAT_EQ(other->mean.at(19'998), 19'998);
  EXPECT_THAT(other->mean.at(19'997), IsNan());
  EXPECT_EQ(coarse->steps_per_point, 16);
  EXPECT_FLOAT_EQ(coarse->high.at(7), 127);
}

TEST_F(ReportedCurves, AreNotKeptWhereTheRowsSayMoreOrAreFew) {
  report("dense", 1, 5'000);
  report("few", 1, 4'000);
  report("far apart", 100, 500'000);
  report("not all numbers", 1, 5'000);
  rows.reported.back().value = std::numeric_limits<double>::quiet_NaN();
  succeed();

  EXPECT_TRUE(curve("dense").has_value());
  for (const char* const name : {"few", "far apart", "not all numbers", "never reported"}) {
    EXPECT_FALSE(curve(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace tarama::db::test
