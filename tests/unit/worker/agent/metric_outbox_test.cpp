// Rows leave in numbered batches and are kept until they are committed.
#include "worker/agent/metric_outbox.hpp"

#include <gtest/gtest.h>

using tarama::Attempt;
using tarama::EvalRow;
using tarama::MetricOutbox;
using tarama::RunId;
using tarama::StepRow;
using tarama::protocol::Metrics;

namespace {

MetricOutbox outbox_of_attempt() {
  return {RunId{7}, Attempt{2}};
}

}  // namespace

TEST(MetricOutbox, BatchesAreNumberedFromOneAndHoldTheRowsInOrder) {
  MetricOutbox outbox = outbox_of_attempt();
  outbox.add(StepRow{.step = 0});
  outbox.add(StepRow{.step = 1});
  const auto first = outbox.take();
  outbox.add(EvalRow{.epoch = 1});
  const auto second = outbox.take();

  EXPECT_EQ(first, (Metrics{RunId{7}, Attempt{2}, 1, {{.step = 0}, {.step = 1}}, {}}));
  EXPECT_EQ(second, (Metrics{RunId{7}, Attempt{2}, 2, {}, {{.epoch = 1}}}));
}

TEST(MetricOutbox, WithoutRowsThereIsNoBatch) {
  MetricOutbox outbox = outbox_of_attempt();

  EXPECT_EQ(outbox.take(), std::nullopt);
}

TEST(MetricOutbox, ABatchIsFullAtItsNumberOfRows) {
  MetricOutbox outbox = outbox_of_attempt();
  for (std::size_t row = 1; row < tarama::rows_per_batch; ++row) {
    outbox.add(StepRow{});
  }

  EXPECT_FALSE(outbox.has_full_batch());
  outbox.add(EvalRow{});
  EXPECT_TRUE(outbox.has_full_batch());
}

TEST(MetricOutbox, RowsCountAsUnstoredUntilTheirBatchIsCommitted) {
  MetricOutbox outbox = outbox_of_attempt();
  outbox.add(StepRow{});
  outbox.add(StepRow{});
  static_cast<void>(outbox.take());
  outbox.add(StepRow{});
  static_cast<void>(outbox.take());

  outbox.stored({RunId{7}, Attempt{2}, 1});
  outbox.stored({RunId{7}, Attempt{1}, 2});  // of another attempt: nothing of ours
  outbox.stored({RunId{7}, Attempt{2}, 1});  // said twice

  EXPECT_EQ(outbox.unstored_rows(), 1U);
}
