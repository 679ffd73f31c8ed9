// An attempt's reports and its stop, without a stream.
#include "worker/agent/attempt_session.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <gmock/gmock.h>
#include <thread>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using tarama::Attempt;
using tarama::AttemptSession;
using tarama::Beginning;
using tarama::EvalRow;
using tarama::JobSpec;
using tarama::RunId;
using tarama::SpoolPlace;
using tarama::StepRow;
using tarama::StopCause;
using tarama::protocol::AttemptAtHand;
using tarama::protocol::Finished;
using tarama::protocol::Message;
using tarama::protocol::Metrics;
using tarama::protocol::Started;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

class AttemptSessionTest : public testing::Test {
 protected:
  static JobSpec job() {
    JobSpec job;
    job.run = RunId{7};
    job.attempt = Attempt{2};
    return job;
  }

  /// As many rows as may be unstored, all of them sent.
  void fill() {
    for (std::size_t row = 0; row < tarama::unstored_rows_limit; ++row) {
      session.send(StepRow{});
    }
    static_cast<void>(sent());
  }

  /// What leaves now.
  std::vector<Message> sent() {
    std::vector<Message> messages;
    while (auto message = session.next_to_send()) {
      messages.push_back(std::move(*message));
    }
    return messages;
  }

  tarama::test::TempFolder folder;
  int news = 0;
  std::atomic<std::chrono::nanoseconds> awake{};
  AttemptSession session{
      job(), SpoolPlace{folder.path(), "s"}, [this] { ++news; }, [this] { return awake.load(); }};
};

}  // namespace

TEST_F(AttemptSessionTest, RowsLeaveBetweenTheStartAndTheEnd) {
  session.started(4);
  session.send(StepRow{.step = 4});
  session.send(EvalRow{.epoch = 1});
  session.finished(Finished{.run = RunId{7}, .attempt = Attempt{2}});

  EXPECT_THAT(sent(),
              ElementsAre(Message(Started{RunId{7}, Attempt{2}, 4}),
                          Message(Metrics{RunId{7}, Attempt{2}, 1, {{.step = 4}}, {{.epoch = 1}}}),
                          Message(Finished{.run = RunId{7}, .attempt = Attempt{2}})));
  EXPECT_THAT(sent(), IsEmpty()) << "each once";
}

TEST_F(AttemptSessionTest, AFullBatchIsNewsAndLessIsNone) {
  for (std::size_t row = 0; row + 1 < tarama::rows_per_batch; ++row) {
    session.send(StepRow{});
  }
  EXPECT_EQ(news, 0);
  session.send(StepRow{});
  EXPECT_EQ(news, 1);
  session.send(StepRow{});
  EXPECT_THAT(sent(), SizeIs(1));

  session.close_batch();
  session.close_batch();

  EXPECT_THAT(sent(), SizeIs(1));
}

TEST_F(AttemptSessionTest, IsOverOnceItsEndIsStored) {
  session.finished(Finished{.run = RunId{7}, .attempt = Attempt{2}});
  EXPECT_THAT(sent(), SizeIs(1));
  EXPECT_TRUE(session.has_finished());
  EXPECT_FALSE(session.is_over());

  session.end_stored();

  EXPECT_TRUE(session.is_over());
}

TEST_F(AttemptSessionTest, TheFirstCauseOfAStopStaysButForACancellation) {
  EXPECT_EQ(session.stop_cause(), std::nullopt);
  session.ask_to_stop(StopCause::paused);
  session.ask_to_stop(StopCause::drained);
  EXPECT_EQ(session.stop_cause(), StopCause::paused);
  session.ask_to_stop(StopCause::cancelled);
  session.ask_to_stop(StopCause::time_limit);
  EXPECT_EQ(session.stop_cause(), StopCause::cancelled);
}

TEST_F(AttemptSessionTest, WaitsForTheStoreWhenTooManyRowsAreNotCommitted) {
  fill();
  auto one_more = std::async(std::launch::async, [this] { session.send(StepRow{}); });

  session.stored({RunId{7}, Attempt{2}, 1});

  one_more.get();  // returns: there is room again
}

TEST_F(AttemptSessionTest, AStopEndsTheWaitForTheStore) {
  fill();
  auto one_more = std::async(std::launch::async, [this] { session.send(StepRow{}); });

  session.ask_to_stop(StopCause::cancelled);

  one_more.get();
}

TEST_F(AttemptSessionTest, WaitingForTheStoreLooksLikeProgress) {
  fill();
  auto one_more = std::async(std::launch::async, [this] { session.send(StepRow{}); });
  while (!session.is_held_up()) {
  }

  const auto before = session.progress().signs;
  EXPECT_GT(session.progress().signs, before);

  session.ask_to_stop(StopCause::cancelled);
  one_more.get();
}

TEST_F(AttemptSessionTest, TheDiskTakesTheRowsWhileNobodyListensAndTrainingGoesOn) {
  session.hang_up();
  fill();
  EXPECT_TRUE(session.spool());

  session.send(StepRow{});  // returns: there is room again

  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(AttemptSessionTest, WhoeverComesBackIsToldWhatIsAtHand) {
  EXPECT_EQ(session.at_hand(), (AttemptAtHand{.run = RunId{7}, .attempt = Attempt{2}}));
  session.started(4);
  EXPECT_EQ(session.at_hand().first_step, 4);
}

TEST_F(AttemptSessionTest, WhoeverComesBackIsToldWhoseStepsItWentOnFrom) {
  session.started(4, Beginning{.run = RunId{3}, .steps = 4, .trajectory = "t"});

  EXPECT_EQ(session.at_hand().from_run, RunId{3});
  EXPECT_EQ(session.at_hand().from_step, 4);
}

TEST_F(AttemptSessionTest, AStartBetweenTheGreetingAndTheAnswerIsToldStill) {
  session.hang_up();
  static_cast<void>(session.at_hand());
  session.started(4, Beginning{.run = RunId{3}, .steps = 4, .trajectory = "t"});

  session.adopted(0);

  EXPECT_THAT(sent(), ElementsAre(Message(Started{RunId{7}, Attempt{2}, 4, RunId{3}, 4})));
}

TEST_F(AttemptSessionTest, ADroppedAttemptEndsAndSaysNothingMore) {
  session.started(0);
  session.send(StepRow{});

  session.drop();
  session.finished(Finished{.run = RunId{7}, .attempt = Attempt{2}});

  EXPECT_EQ(session.stop_cause(), StopCause::cancelled);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_TRUE(session.is_over());
}

TEST_F(AttemptSessionTest, RowsSayHowLongTheAttemptHasTrained) {
  awake = 10s;  // the files were read
  session.started(0);
  awake = 12s;
  session.send(StepRow{.step = 0});
  session.close_batch();

  const std::vector<Message> messages = sent();

  EXPECT_EQ(std::get<Metrics>(messages.at(1)).train_seconds, 2);
  EXPECT_EQ(session.progress().trained_ms, 2'000);
}

TEST_F(AttemptSessionTest, ATimeLimitEndsItUnlessItIsRaised) {
  session.set_time_limit(3s);
  session.started(0);
  awake = 3s;
  EXPECT_EQ(session.stop_cause(), std::nullopt);
  session.set_time_limit(4s);
  awake = 4s;
  EXPECT_EQ(session.stop_cause(), std::nullopt);

  awake = 4s + 1ns;

  EXPECT_EQ(session.stop_cause(), StopCause::time_limit);
}

TEST_F(AttemptSessionTest, WaitingForRoomIsNoTrainingAndNoHang) {
  session.set_time_limit(3s);
  session.started(0);
  awake = 2s;
  auto waited = std::async(std::launch::async, [this] { return session.wait_for_room(1h); });
  while (!session.is_held_up()) {
    std::this_thread::yield();
  }
  awake = 1h;
  const auto before = session.progress();
  EXPECT_EQ(session.stop_cause(), std::nullopt);
  EXPECT_GT(session.progress().signs, before.signs);
  session.ask_to_stop(StopCause::drained);

  EXPECT_FALSE(waited.get());
  EXPECT_EQ(session.trained(), 2s);
}
