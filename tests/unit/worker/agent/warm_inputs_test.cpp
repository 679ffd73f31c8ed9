// Inputs are read once for all runs that share them, and never used for runs planned otherwise.
#include "worker/agent/warm_inputs.hpp"

#include "tests/unit/worker/agent/agent_fixture.hpp"

#include <gtest/gtest.h>

using tarama::WarmInputs;
using tarama::test::AgentStore;

TEST(WarmInputs, RunsWithTheSameInputsShareThem) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  auto other_rate = store.job(2, 1);
  other_rate.training.lr = 5e-5;
  other_rate.seed = 9;

  const auto first = inputs.get(store.job(1, 1));
  const auto second = inputs.get(other_rate);

  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->prepared, second->prepared);
  EXPECT_EQ(inputs.preparations(), 1);
}

TEST(WarmInputs, AnotherModelIsPreparedAnew) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  auto wider = store.job(2, 1);
  wider.model.hidden = 16;

  ASSERT_TRUE(inputs.get(store.job(1, 1)));
  const auto second = inputs.get(wider);

  ASSERT_TRUE(second);
  EXPECT_EQ(second->prepared->config.hidden, 16);
  EXPECT_EQ(inputs.preparations(), 2);
}

TEST(WarmInputs, SweepPlannedWithChangedFilesGetsTheChangedFiles) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  ASSERT_TRUE(inputs.get(store.job(1, 1)));
  store.write("train.tsv", 12);

  const auto changed = inputs.get(store.job(2, 1));

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->prepared->data->train.examples(), 12);
}

TEST(WarmInputs, MemoryHoldsTheFourLastUsed) {
  const AgentStore store;
  WarmInputs inputs(store.path() / "cache");
  for (const std::int64_t hidden : {8, 16, 24, 32, 40}) {
    auto job = store.job(1, 1);
    job.model.hidden = hidden;
    ASSERT_TRUE(inputs.get(job));
  }

  ASSERT_TRUE(inputs.get(store.job(1, 1)));  // hidden 8, the first one

  EXPECT_EQ(inputs.preparations(), 6);
}
