// The curve that a person sees of a run's loss.
#include "orchestrator/live/progress.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(LossCurve, AShortCurveIsKeptAsItIs) {
  LossCurve curve;
  for (const double loss : {3.0, 2.0, 1.0}) {
    curve.add(loss);
  }

  EXPECT_THAT(curve.points(), ElementsAre(3.0, 2.0, 1.0));
}

TEST(LossCurve, ALongCurveStaysShortAndKeepsItsShape) {
  LossCurve curve;
  for (int i = 0; i < 10'000; ++i) {
    curve.add(i < 5'000 ? 1.0 : 0.0);
    ASSERT_LE(curve.points().size(), 32U);
  }

  const std::vector<double> points = curve.points();
  EXPECT_GE(points.size(), 16U);
  EXPECT_EQ(points.front(), 1.0);
  EXPECT_EQ(points.back(), 0.0);
}

TEST(Progress, RowsOfAnOldAttemptChangeNothing) {
  Progress book;
  book.started(RunId{1}, WorkerId{1}, Attempt{2}, 0, TimePoint{});

  book.rows(RunId{1}, Attempt{1}, {StepRow{.step = 7, .loss = 1}}, {}, TimePoint{});

  EXPECT_EQ(book.of(RunId{1})->steps_done, 0);
  EXPECT_THAT(book.of(RunId{1})->losses.points(), SizeIs(0));
}

TEST(Progress, RowsMoveARunOn) {
  Progress progress;
  progress.started(RunId{1}, WorkerId{1}, Attempt{1}, 0, TimePoint{});

  progress.rows(RunId{1},
                Attempt{1},
                {StepRow{.step = 0, .loss = 2}},
                {EvalRow{.epoch = 1, .mcc = 0.5}},
                TimePoint{});

  EXPECT_EQ(progress.of(RunId{1})->steps_done, 1);
  EXPECT_THAT(progress.of(RunId{1})->evals, SizeIs(1));
}

TEST(Progress, AProgramThatBeginsAnewAdvancesBehindWhatAnyAttemptHasReported) {
  Progress progress;
  progress.handed_out(RunId{1}, Attempt{2}, 5);
  progress.started(RunId{1}, WorkerId{1}, Attempt{2}, 0, TimePoint{});
  const auto reports = [&](std::int64_t step) {
    return progress.advances(
        RunId{1}, Attempt{2}, std::vector<ReportedRow>{{.name = "loss", .step = step}});
  };

  EXPECT_FALSE(reports(0));
  EXPECT_FALSE(reports(4));
  EXPECT_TRUE(reports(5));
}

TEST(Progress, AnAdoptedProgramAdvancesBehindWhatTheStoreHas) {
  Progress progress;
  progress.started(RunId{1}, WorkerId{1}, Attempt{2}, 0, TimePoint{});
  progress.has_come_to(RunId{1}, Attempt{2}, 0, 5);
  const auto reports = [&](std::int64_t step) {
    return progress.advances(
        RunId{1}, Attempt{2}, std::vector<ReportedRow>{{.name = "loss", .step = step}});
  };

  EXPECT_FALSE(reports(4));
  EXPECT_TRUE(reports(5));
}

}  // namespace
}  // namespace tarama::orchestrator
