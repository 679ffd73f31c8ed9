// Which of a run's moments count as steps.
#include "cli/plan_timing.hpp"

#include <gtest/gtest.h>

namespace tarama::cli {
namespace {

StepRow row(std::int64_t step, std::int64_t epoch, std::int64_t at) {
  return {.step = step, .epoch = epoch, .at = at};
}

TEST(PlanTiming, LeavesOutTheFirstStepsAndWhatLiesBetweenEpochs) {
  const std::vector<StepRow> rows = {row(0, 1, 0),
                                     row(1, 1, 5000),
                                     row(2, 1, 6000),
                                     row(3, 1, 6100),
                                     row(4, 1, 6300),
                                     row(5, 2, 9000),
                                     row(6, 2, 9300)};

  const StepTimes times = times_between(rows);

  EXPECT_EQ(times.steps, 3);
  EXPECT_DOUBLE_EQ(times.seconds, .6);
}

TEST(PlanTiming, OfAFewStepsIsNothing) {
  EXPECT_EQ(times_between({row(0, 1, 0), row(1, 1, 10), row(2, 1, 20)}), StepTimes{});
}

}  // namespace
}  // namespace tarama::cli
