// The schedules where t_total is missing or past, and as a run's settings give them. That they
// equal the original's is tested in tests/reference/lr_schedule_test.cpp.
#include "core/training/lr_schedule.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <gmock/gmock.h>
#include <vector>

namespace tarama {
namespace {

std::vector<double> factors(const LrSchedule& schedule, std::size_t steps) {
  std::vector<double> values;
  for (std::size_t step = 0; step < steps; ++step) {
    values.push_back(lr_factor(schedule, static_cast<std::int64_t>(step)));
  }
  return values;
}

TEST(LrSchedule, IsNotAppliedWithoutTTotalWarmUpIncluded) {
  for (const Schedule kind : {Schedule::warmup_linear,
                              Schedule::warmup_cosine,
                              Schedule::warmup_constant,
                              Schedule::warmup_cosine_with_warmup_restarts}) {
    EXPECT_THAT(factors({kind, 0.1, -1.0, 1.0}, 4), testing::Each(1.0));
  }
}

TEST(LrSchedule, FollowsTheRunsSettings) {
  TrainingSettings training;
  training.warmup = 0.1;
  training.schedule = Schedule::warmup_cosine;

  const LrSchedule applied = schedule_of(training, 40);
  training.t_total = TTotal::none;
  const LrSchedule trap = schedule_of(training, 40);

  EXPECT_EQ(applied.t_total, 40.0);
  EXPECT_EQ(applied.warmup, 0.1);
  EXPECT_EQ(applied.cycles, 0.5);
  EXPECT_LT(trap.t_total, 0.0);
}

TEST(LrSchedule, StaysAtZeroPastTheEndOfLinearDecay) {
  const LrSchedule schedule{Schedule::warmup_linear, 0.1, 10.0, 1.0};

  EXPECT_EQ(lr_factor(schedule, 10), 0.0);
  EXPECT_EQ(lr_factor(schedule, 1000), 0.0);
}

}  // namespace
}  // namespace tarama
