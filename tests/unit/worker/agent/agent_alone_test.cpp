// An agent whose orchestrator dies: it trains on, keeps what it has to say, and comes back.
#include "protocol/spool.hpp"
#include "tests/unit/worker/agent/agent_fixture.hpp"
#include "worker/fake/fake_trainer.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <numeric>
#include <thread>
#include <unistd.h>
#include <variant>
#include <vector>

using tarama::Attempt;
using tarama::AttemptEnd;
using tarama::FakeScript;
using tarama::FakeTrainer;
using tarama::JobSpec;
using tarama::RunId;
using tarama::StopCause;
using tarama::protocol::Adopted;
using tarama::protocol::AttemptAtHand;
using tarama::protocol::Dropped;
using tarama::protocol::Finished;
using tarama::protocol::Hello;
using tarama::protocol::Message;
using tarama::protocol::Metrics;
using tarama::protocol::SpoolReader;
using tarama::protocol::Started;
using tarama::protocol::Stop;
using tarama::protocol::Welcome;
using tarama::test::AgentStore;
using tarama::test::ScriptedOrchestrator;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A step takes a moment: 300 of them outlive what a test does meanwhile.
FakeTrainer steady_trainer(std::chrono::milliseconds step_time = 5ms) {
  FakeScript script;
  script.step_time = step_time;
  return FakeTrainer{script};
}

JobSpec long_job(const AgentStore& store, std::int64_t epochs = 100) {
  JobSpec job = store.job(7, 1);
  job.training.epochs = epochs;
  return job;
}

std::vector<std::int64_t> first_numbers(std::size_t count) {
  std::vector<std::int64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::vector<Message> spooled(const AgentStore& store) {
  std::vector<Message> messages;
  auto reader = SpoolReader::open(store.path() / "spool" / "the third worker.7.1.spool");
  while (reader) {
    auto message = reader->next();
    if (!message) {
      break;
    }
    messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace

TEST(AgentAlone, TrainsOnAndTellsTheNextOrchestratorEverythingOnce) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  const auto batch = orchestrator.next<Metrics>();  // not acknowledged
  ASSERT_THAT(batch.steps, testing::Not(IsEmpty()));

  orchestrator.die();
  orchestrator.listen();
  const auto hello = orchestrator.next<Hello>();

  EXPECT_EQ(hello.session, "the third worker");
  ASSERT_EQ(hello.attempts.size(), 1U);
  EXPECT_EQ(hello.attempts[0].run, RunId{7});
  EXPECT_EQ(hello.attempts[0].attempt, Attempt{1});
  EXPECT_EQ(hello.attempts[0].first_step, 0);
  orchestrator.send(Welcome{});
  orchestrator.send(Adopted{RunId{7}, Attempt{1}, 0});
  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_EQ(orchestrator.steps_of[RunId{7}], first_numbers(300));
  EXPECT_FALSE(fs::exists(store.path() / "spool" / "the third worker.7.1.spool"));
}

TEST(AgentAlone, RowsThatAreStoredAreNotSentAgain) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  const auto batch = orchestrator.next<Metrics>();
  const auto stored = static_cast<std::int64_t>(batch.steps.size());
  orchestrator.hang_up();
  static_cast<void>(orchestrator.next<Hello>());

  orchestrator.send(Welcome{});
  orchestrator.send(Adopted{RunId{7}, Attempt{1}, stored});

  static_cast<void>(orchestrator.next<Finished>());
  ASSERT_EQ(orchestrator.steps_of[RunId{7}].size(), 300 - batch.steps.size());
  EXPECT_EQ(orchestrator.steps_of[RunId{7}].front(), stored);
}

TEST(AgentAlone, AnEndThatNobodyAcknowledgedIsToldAgain) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer();
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store, 10));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.die();
  while (spooled(store).empty() || !std::holds_alternative<Finished>(spooled(store).back())) {
    std::this_thread::yield();
  }
  orchestrator.listen();
  EXPECT_EQ(orchestrator.next<Hello>().attempts.size(), 1U);
  orchestrator.send(Welcome{});
  orchestrator.hang_up();  // and once more
  EXPECT_EQ(orchestrator.next<Hello>().attempts.size(), 1U);
  orchestrator.send(Welcome{});
  orchestrator.send(Adopted{RunId{7}, Attempt{1}, 0});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::succeeded);
  EXPECT_EQ(orchestrator.steps_of[RunId{7}], first_numbers(30));
  orchestrator.assign(store.job(8, 1));  // and goes on as ever
  EXPECT_EQ(orchestrator.next<Started>().run, RunId{8});
}

TEST(AgentAlone, EndsAfterItsRunAndTheTimeOfGraceAndLeavesWhatItHadToSay) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer();
  ScriptedOrchestrator orchestrator(store, trainer, /*slots=*/1, /*grace=*/50ms);
  orchestrator.welcome();
  orchestrator.assign(long_job(store, 20));
  static_cast<void>(orchestrator.next<Started>());

  orchestrator.die();

  EXPECT_EQ(orchestrator.exit_code(), 1);
  const auto messages = spooled(store);
  ASSERT_THAT(messages, testing::Not(IsEmpty()));
  EXPECT_EQ(messages.front(), Message(Started{RunId{7}, Attempt{1}, 0}));
  const auto* end = std::get_if<Finished>(&messages.back());
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(end->end, AttemptEnd::succeeded);
  std::vector<std::int64_t> steps;
  for (const Message& message : messages) {
    if (const auto* metrics = std::get_if<Metrics>(&message)) {
      for (const auto& row : metrics->steps) {
        steps.push_back(row.step);
      }
    }
  }
  EXPECT_EQ(steps, first_numbers(60));
}

TEST(AgentAlone, SigtermMeansACheckpointAndAnEnd) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer(500ms);
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.die();

  ::kill(::getpid(), SIGTERM);

  EXPECT_EQ(orchestrator.exit_code(), 0);
  EXPECT_TRUE(store.has_checkpoints(7));
  const auto messages = spooled(store);
  ASSERT_THAT(messages, testing::Not(IsEmpty()));
  ASSERT_TRUE(std::holds_alternative<Finished>(messages.back()));
  EXPECT_EQ(std::get<Finished>(messages.back()).end, AttemptEnd::stopped);
}

TEST(AgentAlone, AStopOfARunIsHeardBeforeItIsAdopted) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer(500ms);
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.hang_up();
  static_cast<void>(orchestrator.next<Hello>());

  orchestrator.send(Welcome{});
  orchestrator.send(Stop{RunId{7}, Attempt{1}, StopCause::paused});
  orchestrator.send(Adopted{RunId{7}, Attempt{1}, 0});

  EXPECT_EQ(orchestrator.next<Finished>().end, AttemptEnd::stopped);
  EXPECT_TRUE(store.has_checkpoints(7));
}

TEST(AgentAlone, ADroppedAttemptEndsWithoutAWordAndTheNextOneIsTaken) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer(500ms);
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.hang_up();
  static_cast<void>(orchestrator.next<Hello>());
  orchestrator.send(Welcome{});

  orchestrator.send(Dropped{RunId{7}, Attempt{1}});
  orchestrator.assign(store.job(8, 1));

  EXPECT_EQ(orchestrator.next<Started>().run, RunId{8});
  EXPECT_FALSE(store.has_checkpoints(7));
  EXPECT_THAT(spooled(store), IsEmpty());
}

TEST(AgentAlone, WhoeverIsNotKnownAnyMoreEndsAndKeepsNothing) {
  const AgentStore store;
  FakeTrainer trainer = steady_trainer(500ms);
  ScriptedOrchestrator orchestrator(store, trainer);
  orchestrator.welcome();
  orchestrator.assign(long_job(store));
  static_cast<void>(orchestrator.next<Started>());
  orchestrator.hang_up();
  static_cast<void>(orchestrator.next<Hello>());

  orchestrator.turn_away();

  EXPECT_EQ(orchestrator.exit_code(), 1);
  EXPECT_THAT(spooled(store), IsEmpty());
  EXPECT_FALSE(store.has_checkpoints(7));
}
