// A worker of a GPU: as many attempts at once as it is given, all in one process.
#include "tests/unit/worker/agent/agent_fixture.hpp"
#include "worker/agent/agent.hpp"
#include "worker/fake/fake_trainer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <gmock/gmock.h>
#include <set>

using tarama::Attempt;
using tarama::FakeTrainer;
using tarama::RunId;
using tarama::StopCause;
using tarama::protocol::Finished;
using tarama::protocol::Hello;
using tarama::protocol::Shutdown;
using tarama::protocol::Started;
using tarama::protocol::Stop;
using tarama::test::AgentStore;
using tarama::test::ScriptedOrchestrator;

namespace {

TEST(AgentSlots, WithoutANumberTakesAsManyAttemptsAsItIsGiven) {
  const AgentStore store;
  FakeTrainer trainer({.step_time = std::chrono::hours(1), .scores = {}, .faults = {}});
  ScriptedOrchestrator orchestrator(store, trainer, /*slots=*/0);
  EXPECT_EQ(orchestrator.next<Hello>().slots, 0);
  orchestrator.send(tarama::protocol::Welcome{});
  std::set<RunId> started;
  for (const std::int64_t run : {7, 8, 9}) {
    orchestrator.assign(store.job(run, 1));
    started.insert(orchestrator.next<Started>().run);
  }
  EXPECT_THAT(started, testing::ElementsAre(RunId{7}, RunId{8}, RunId{9}));

  orchestrator.send(Stop{RunId{8}, Attempt{1}, StopCause::cancelled});
  EXPECT_EQ(orchestrator.next<Finished>().run, RunId{8});
  orchestrator.assign(store.job(10, 1));
  EXPECT_EQ(orchestrator.next<Started>().run, RunId{10});
  orchestrator.send(Shutdown{});

  std::set<RunId> ended;
  for (int end = 0; end < 3; ++end) {
    ended.insert(orchestrator.next<Finished>().run);
  }
  EXPECT_THAT(ended, testing::ElementsAre(RunId{7}, RunId{9}, RunId{10}));
  EXPECT_EQ(orchestrator.exit_code(), 0);
}

}  // namespace
