// An attempt that hangs, told from one that is slow.
#include "core/scheduling/progress_watch.hpp"

#include <gtest/gtest.h>

namespace tarama {
namespace {

using namespace std::chrono_literals;

TEST(ProgressWatch, WithoutASignItHangsAfterTenMinutes) {
  const ProgressWatch watch(5s);

  EXPECT_FALSE(watch.is_hung(5s + 10min));
  EXPECT_TRUE(watch.is_hung(5s + 10min + 1ms));
}

TEST(ProgressWatch, AnySignCountsAndTheSameNumberAgainIsNone) {
  ProgressWatch watch;
  watch.told(7, 0, 9min);  // say texts tokenized
  watch.told(7, 0, 18min);

  EXPECT_FALSE(watch.is_hung(19min));
  EXPECT_TRUE(watch.is_hung(19min + 1ms));
}

TEST(ProgressWatch, SlowStepsHaveFiftyStepsOfPatience) {
  ProgressWatch watch;
  watch.told(1, 1, 3min);
  watch.told(2, 2, 5min);
  watch.told(3, 3, 7min);

  EXPECT_EQ(watch.step_time(), 2min);
  EXPECT_FALSE(watch.is_hung(7min + 100min));
  EXPECT_TRUE(watch.is_hung(7min + 100min + 1ms));
}

TEST(ProgressWatch, TheTimeBeforeTheFirstStepIsNoStepsTime) {
  ProgressWatch watch;
  watch.told(1, 1, 60min);  // an hour of preparing
  watch.told(2, 2, 60min + 1s);

  EXPECT_EQ(watch.step_time(), 1s);
}

TEST(ProgressWatch, TimeInWhichNobodyCouldHearItCountsForNothing) {
  ProgressWatch watch;
  watch.told(1, 1, 1s);

  watch.excuse(3h);

  EXPECT_FALSE(watch.is_hung(3h + 10min));
}

}  // namespace
}  // namespace tarama
