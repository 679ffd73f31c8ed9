// Reports leave in numbered batches, are kept until they are committed, and outlive a time without
// an orchestrator on disk.
#include "worker/agent/report_queue.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <memory>
#include <variant>
#include <vector>

using tarama::Attempt;
using tarama::EvalRow;
using tarama::ReportQueue;
using tarama::RunId;
using tarama::StepRow;
using tarama::protocol::Finished;
using tarama::protocol::Message;
using tarama::protocol::Metrics;
using tarama::protocol::MetricsStored;
using tarama::protocol::SpoolName;
using tarama::protocol::SpoolReader;
using tarama::protocol::Started;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

namespace fs = std::filesystem;

constexpr RunId run{7};
constexpr Attempt attempt{2};

class ReportQueueTest : public testing::Test {
 protected:
  /// A batch of one step.
  void add_step(std::int64_t step) {
    queue.add(StepRow{.step = step});
    queue.close_batch();
  }

  std::vector<Message> sent() {
    std::vector<Message> messages;
    while (auto message = queue.next_to_send()) {
      messages.push_back(std::move(*message));
    }
    return messages;
  }

  /// What another process would read.
  std::vector<Message> on_disk() const {
    std::vector<Message> messages;
    auto reader = SpoolReader::open(file());
    while (reader) {
      auto message = reader->next();
      if (!message) {
        break;
      }
      messages.push_back(std::move(*message));
    }
    return messages;
  }

  fs::path file() const { return folder.path() / "spool" / "s.7.2.spool"; }

  static Message step(std::int64_t batch, std::int64_t number) {
    return Metrics{run, attempt, batch, {{.step = number}}, {}};
  }

  tarama::test::TempFolder folder;
  ReportQueue queue{folder.path() / "spool", SpoolName{"s", run, attempt}};
  const Finished end{.run = run, .attempt = attempt};
};

}  // namespace

TEST_F(ReportQueueTest, BatchesAreNumberedFromOneAndHoldTheRowsInOrder) {
  queue.add(StepRow{.step = 0});
  queue.add(StepRow{.step = 1});
  queue.close_batch();
  queue.add(EvalRow{.epoch = 1});
  queue.close_batch();
  queue.close_batch();  // without rows there is none

  EXPECT_THAT(sent(),
              ElementsAre(Message(Metrics{run, attempt, 1, {{.step = 0}, {.step = 1}}, {}}),
                          Message(Metrics{run, attempt, 2, {}, {{.epoch = 1}}})));
}

TEST_F(ReportQueueTest, ABatchIsFullAtItsNumberOfRows) {
  for (std::size_t row = 1; row < tarama::rows_per_batch; ++row) {
    queue.add(StepRow{});
  }

  EXPECT_FALSE(queue.has_full_batch());
  queue.add(EvalRow{});
  EXPECT_TRUE(queue.has_full_batch());
}

TEST_F(ReportQueueTest, WhatAnEarlierAttemptReportedIsABatchOfItsOwn) {
  queue.add(tarama::ReportedRow{.name = "a"});
  queue.add_of(Attempt{1}, {{.name = "b"}});
  queue.add(tarama::ReportedRow{.name = "c"});
  queue.close_batch();

  EXPECT_THAT(sent(),
              ElementsAre(Message(Metrics{run, attempt, 1, {}, {}, {{.name = "a"}}}),
                          Message(Metrics{run, attempt, 2, {}, {}, {{.name = "b"}}, 0, Attempt{1}}),
                          Message(Metrics{run, attempt, 3, {}, {}, {{.name = "c"}}})));
  queue.stored({run, attempt, 2});
  EXPECT_EQ(queue.rows_in_memory(), 2U);
}

TEST_F(ReportQueueTest, RowsStayInMemoryUntilTheirBatchIsCommitted) {
  add_step(0);
  add_step(1);
  static_cast<void>(sent());

  queue.stored({run, attempt, 1});
  queue.stored({run, Attempt{1}, 2});  // of another attempt: nothing of ours
  queue.stored({run, attempt, 1});     // said twice

  EXPECT_EQ(queue.rows_in_memory(), 1U);
  EXPECT_FALSE(queue.is_empty());
  queue.stored({run, attempt, 2});
  EXPECT_TRUE(queue.is_empty());
  EXPECT_FALSE(fs::exists(file())) << "nothing goes to disk while somebody listens";
}

TEST_F(ReportQueueTest, WhatIsNotCommittedIsSentAgainAndNothingElse) {
  queue.started({run, attempt, 0});
  add_step(0);
  add_step(1);
  static_cast<void>(sent());
  queue.stored({run, attempt, 1});

  queue.hang_up();
  queue.resume(1, /*knows_start=*/true);
  queue.add(end);

  EXPECT_THAT(sent(), ElementsAre(step(2, 1), Message(end)));
}

TEST_F(ReportQueueTest, RowsThatTheStoreHasAreNotSentAgain) {
  queue.add(StepRow{.step = 0});
  queue.add(StepRow{.step = 1});
  queue.close_batch();
  add_step(2);
  add_step(3);
  static_cast<void>(sent());
  queue.hang_up();

  queue.resume(3, true);  // committed, but the word of it was lost

  EXPECT_THAT(sent(), ElementsAre(step(3, 3)));
  EXPECT_EQ(queue.rows_in_memory(), 1U);
}

TEST_F(ReportQueueTest, OnDiskStandsEverythingThatNobodyHeard) {
  queue.started({run, attempt, 4, RunId{9}, 4});
  add_step(4);
  static_cast<void>(sent());
  queue.hang_up();
  add_step(5);
  EXPECT_TRUE(queue.spool());
  add_step(6);
  queue.add(end);
  EXPECT_TRUE(queue.spool());

  EXPECT_EQ(queue.rows_in_memory(), 0U);
  EXPECT_THAT(on_disk(),
              ElementsAre(Message(Started{run, attempt, 4, RunId{9}, 4}),
                          step(1, 4),
                          step(2, 5),
                          step(3, 6),
                          Message(end)));
}

TEST_F(ReportQueueTest, WhatWasOnDiskIsSentInOrderAndRemovedOnceItIsStored) {
  queue.hang_up();
  add_step(0);
  add_step(1);
  EXPECT_TRUE(queue.spool());
  queue.resume(0, true);
  add_step(2);

  EXPECT_THAT(sent(), ElementsAre(step(1, 0), step(2, 1), step(3, 2)));
  queue.stored({run, attempt, 1});
  EXPECT_TRUE(fs::exists(file()));
  queue.stored({run, attempt, 2});
  EXPECT_FALSE(fs::exists(file()));
  queue.stored({run, attempt, 3});
  EXPECT_TRUE(queue.is_empty());
}

TEST_F(ReportQueueTest, ASecondTimeWithoutAnOrchestratorLosesNothing) {
  queue.hang_up();
  add_step(0);
  add_step(1);
  EXPECT_TRUE(queue.spool());
  queue.resume(0, true);
  static_cast<void>(sent());
  queue.stored({run, attempt, 1});
  add_step(2);

  queue.hang_up();
  EXPECT_TRUE(queue.spool());
  queue.resume(1, true);

  EXPECT_THAT(sent(), ElementsAre(step(2, 1), step(3, 2)));
}

TEST_F(ReportQueueTest, ASpoolOfRowsThatAreStoredAllIsRemoved) {
  queue.hang_up();
  add_step(0);
  EXPECT_TRUE(queue.spool());

  queue.resume(1, true);

  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_TRUE(queue.is_empty());
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(ReportQueueTest, WithoutRoomOnTheDiskItStaysInMemoryUntilThereIs) {
  std::ofstream(folder.path() / "spool") << "a file where the folder should be";
  queue.hang_up();
  add_step(0);
  EXPECT_FALSE(queue.spool());
  EXPECT_EQ(queue.rows_in_memory(), 1U);
  fs::remove(folder.path() / "spool");

  EXPECT_TRUE(queue.spool());

  EXPECT_THAT(on_disk(), ElementsAre(step(1, 0)));
}

TEST_F(ReportQueueTest, ManyRowsAreReadBackALittleAtATime) {
  queue.hang_up();
  constexpr std::int64_t batches = 1000;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    for (std::size_t row = 0; row < tarama::rows_per_batch; ++row) {
      queue.add(StepRow{.step = batch});
    }
    queue.close_batch();
  }
  EXPECT_TRUE(queue.spool());
  queue.resume(0, true);

  std::int64_t stored = 0;
  while (stored < batches) {
    const auto now = sent();
    ASSERT_THAT(now, testing::Not(IsEmpty()));
    EXPECT_LE(queue.rows_in_memory(), 8192U + tarama::rows_per_batch);
    for (const Message& message : now) {
      EXPECT_EQ(std::get<Metrics>(message).batch, ++stored);
      queue.stored({run, attempt, stored});
    }
  }
  EXPECT_TRUE(queue.is_empty());
}

TEST_F(ReportQueueTest, ForgottenIsForgottenOnDiskToo) {
  queue.hang_up();
  add_step(0);
  EXPECT_TRUE(queue.spool());

  queue.forget();

  EXPECT_TRUE(queue.is_empty());
  EXPECT_FALSE(fs::exists(file()));
}
