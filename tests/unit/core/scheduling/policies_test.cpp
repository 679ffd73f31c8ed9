// The order of runs and what is tried again.
#include "core/scheduling/back_off.hpp"
#include "core/scheduling/retry_policy.hpp"
#include "core/scheduling/run_order.hpp"
#include "core/training/run_length.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>
#include <vector>

namespace tarama {
namespace {

using enum FailureClass;

TEST(RetryPolicy, NeverTriesAgainWhatWouldComeAgain) {
  for (const FailureClass failure : {diverged, time_limit, bad_data}) {
    EXPECT_FALSE(is_tried_again(failure, {1, 0}, 100)) << name_of(failure);
  }
}

TEST(RetryPolicy, TriesAgainWithinMaxRestarts) {
  for (const FailureClass failure :
       {out_of_memory, crashed, exited, hung, bad_report, device_error}) {
    EXPECT_TRUE(is_tried_again(failure, {2, 0}, 2)) << name_of(failure);
    EXPECT_FALSE(is_tried_again(failure, {3, 0}, 2)) << name_of(failure);
    EXPECT_TRUE(costs_a_restart(failure));
  }
}

TEST(RetryPolicy, WhatTheMachineOrTheDiskDidCostsNoRestart) {
  EXPECT_FALSE(costs_a_restart(lost));
  EXPECT_FALSE(costs_a_restart(disk_full));
  EXPECT_TRUE(is_tried_again(disk_full, {9, 0}, 0));
  EXPECT_TRUE(is_tried_again(lost, {9, 9}, 0));
  EXPECT_FALSE(is_tried_again(lost, {0, 10}, 100)) << "ten in a row";
}

TEST(BackOff, GrowsToAMinute) {
  EXPECT_EQ(back_off(0), std::chrono::seconds(1));
  EXPECT_EQ(back_off(1), std::chrono::seconds(1));
  EXPECT_EQ(back_off(2), std::chrono::seconds(10));
  EXPECT_EQ(back_off(3), std::chrono::seconds(60));
  EXPECT_EQ(back_off(std::int64_t{1} << 60), std::chrono::seconds(60));
}

TEST(RunOrder, IsReplicateByReplicateLongestFirstThenById) {
  const std::vector<RunOrder> expected = {
      {0, 200, RunId{4}}, {0, 100, RunId{2}}, {0, 100, RunId{3}}, {1, 900, RunId{1}}};
  std::vector<RunOrder> order = {expected[3], expected[2], expected[1], expected[0]};

  std::ranges::sort(order);

  EXPECT_EQ(order, expected);
}

TEST(RunLength, CountsTheSmallerLastBatch) {
  EXPECT_EQ(steps_per_epoch(64, 32), 2);
  EXPECT_EQ(steps_per_epoch(65, 32), 3);
  EXPECT_EQ(steps_per_epoch(1, 32), 1);
  EXPECT_EQ(steps_of_run(65, 32, 4), 12);
}

TEST(RunLength, CountsOneEvaluationPerEpochAndOneOfTheTest) {
  EXPECT_EQ(evals_of_run(3, TestSplit::absent), 3);
  EXPECT_EQ(evals_of_run(3, TestSplit::present), 4);
}

}  // namespace
}  // namespace tarama
