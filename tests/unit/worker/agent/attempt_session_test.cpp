// An attempt's rows and its stop, without a stream.
#include "worker/agent/attempt_session.hpp"

#include <gtest/gtest.h>

#include <future>
#include <gmock/gmock.h>
#include <variant>
#include <vector>

using tarama::Attempt;
using tarama::AttemptSession;
using tarama::EvalRow;
using tarama::JobSpec;
using tarama::RunId;
using tarama::StepRow;
using tarama::StopCause;
using tarama::protocol::Finished;
using tarama::protocol::Message;
using tarama::protocol::Metrics;
using tarama::protocol::Started;
using testing::ElementsAre;
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
  }

  std::vector<Message> sent;
  AttemptSession session{job(), [this](const Message& message) { sent.push_back(message); }};
};

}  // namespace

TEST_F(AttemptSessionTest, RowsLeaveBetweenTheStartAndTheEnd) {
  session.started(4);
  session.send(StepRow{.step = 4});
  session.send(EvalRow{.epoch = 1});
  session.finished(Finished{.run = RunId{7}, .attempt = Attempt{2}});

  EXPECT_THAT(sent,
              ElementsAre(Message(Started{RunId{7}, Attempt{2}, 4}),
                          Message(Metrics{RunId{7}, Attempt{2}, 1, {{.step = 4}}, {{.epoch = 1}}}),
                          Message(Finished{.run = RunId{7}, .attempt = Attempt{2}})));
}

TEST_F(AttemptSessionTest, AFullBatchLeavesByItselfAndAnotherWhenAsked) {
  for (std::size_t row = 0; row < tarama::rows_per_batch + 1; ++row) {
    session.send(StepRow{});
  }
  EXPECT_THAT(sent, SizeIs(1));

  session.send_pending_rows();
  session.send_pending_rows();

  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(std::get<Metrics>(sent[1]).batch, 2);
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
