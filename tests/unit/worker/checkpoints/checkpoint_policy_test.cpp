// When a checkpoint is due, with time as a parameter.
#include "worker/checkpoints/checkpoint_policy.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using tarama::CheckpointPolicy;
using tarama::KeepCheckpoints;
using enum tarama::CheckpointPolicy::Moment;

namespace {

const CheckpointPolicy::TimePoint start{1000s};

/// A policy whose last checkpoint took 50 ms and ended at `start`.
CheckpointPolicy measured_policy() {
  CheckpointPolicy policy(KeepCheckpoints::latest, start - 10s);
  EXPECT_TRUE(policy.is_due(mid_epoch, start - 50ms));
  policy.written(start);
  return policy;
}

}  // namespace

TEST(CheckpointPolicy, WithinAnEpochItTakesAtMostOnePercentOfTheTime) {
  CheckpointPolicy policy = measured_policy();

  EXPECT_FALSE(policy.is_due(mid_epoch, start + 5s));
  EXPECT_TRUE(policy.is_due(mid_epoch, start + 5s + 1ms));
}

TEST(CheckpointPolicy, AnEpochsEndIsWorthOneUnlessTheEpochWasAsShortAsTheCheckpoint) {
  CheckpointPolicy policy = measured_policy();

  EXPECT_FALSE(policy.is_due(epoch_end, start + 1s));
  EXPECT_TRUE(policy.is_due(epoch_end, start + 1s + 1ms));
}

TEST(CheckpointPolicy, BeforeTheFirstIsMeasuredItsCostIsTakenForTenMilliseconds) {
  CheckpointPolicy policy(KeepCheckpoints::latest, start);

  EXPECT_FALSE(policy.is_due(epoch_end, start + 200ms));
  EXPECT_TRUE(policy.is_due(epoch_end, start + 201ms));
  EXPECT_FALSE(policy.is_due(mid_epoch, start + 1s));
  EXPECT_TRUE(policy.is_due(mid_epoch, start + 1001ms));
}

TEST(CheckpointPolicy, ASlowCheckpointMakesTheNextOneRarer) {
  CheckpointPolicy policy = measured_policy();
  ASSERT_TRUE(policy.is_due(mid_epoch, start + 6s));
  policy.written(start + 8s);

  EXPECT_FALSE(policy.is_due(mid_epoch, start + 208s));
  EXPECT_TRUE(policy.is_due(mid_epoch, start + 209s));
}

TEST(CheckpointPolicy, ACheckpointThatFailedQuicklyIsNotTriedAgainTheSooner) {
  CheckpointPolicy policy = measured_policy();
  ASSERT_TRUE(policy.is_due(mid_epoch, start + 6s));
  policy.failed(start + 6s + 1ms);

  EXPECT_FALSE(policy.is_due(mid_epoch, start + 11s + 1ms));
  EXPECT_TRUE(policy.is_due(mid_epoch, start + 11s + 2ms));
}

TEST(CheckpointPolicy, ACheckpointThatFailedSlowlyMakesTheNextOneRarer) {
  CheckpointPolicy policy = measured_policy();
  ASSERT_TRUE(policy.is_due(mid_epoch, start + 6s));
  policy.failed(start + 8s);

  EXPECT_FALSE(policy.is_due(mid_epoch, start + 208s));
  EXPECT_TRUE(policy.is_due(mid_epoch, start + 209s));
}

TEST(CheckpointPolicy, KeepNoneNeverAsksForOne) {
  CheckpointPolicy policy(KeepCheckpoints::none, start);

  EXPECT_FALSE(policy.is_due(epoch_end, start + 1000h));
  EXPECT_FALSE(policy.is_due(mid_epoch, start + 1000h));
}
