// The orchestrator dies and its workers live on: they come back, or what they left is taken in.
#include "protocol/spool.hpp"
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <memory>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using protocol::Adopted;
using protocol::Dropped;
using protocol::FinishedStored;
using protocol::Message;
using testing::ElementsAre;
using testing::SizeIs;

namespace fs = std::filesystem;

class Sessions : public OneSweep {
 protected:
  /// A run of four steps, two of which are stored, when the orchestrator is killed.
  void kill_in_mid_run() {
    submit(sweep_of({1e-3}));
    {
      Peer worker = world.join();
      job = world.next_job(worker);
      world.report_start(worker, job);
      world.report_rows(worker, job, 0, 2);
      world.settle();
    }
    process = world.processes->back();
    world.crash_alone();
  }

  [[nodiscard]] protocol::AttemptAtHand at_hand() const {
    return {.run = job.run, .attempt = job.attempt, .first_step = 0};
  }

  [[nodiscard]] std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> numbers;
    for (const StepRow& row : world.store->store.steps(job.run)) {
      numbers.push_back(row.step);
    }
    return numbers;
  }

  /// What the worker left on disk.
  void leave_spool(const std::vector<Message>& messages) {
    const fs::path folder = world.folder.path() / "spool";
    fs::create_directories(folder);
    std::ofstream file(spool(), std::ios::binary);
    const auto write = [&](const std::vector<std::byte>& bytes) {
      for (const std::byte byte : bytes) {
        file.put(static_cast<char>(byte));
      }
    };
    write(protocol::spool_head());
    for (const Message& message : messages) {
      write(protocol::spool_record(message).value());
    }
  }

  [[nodiscard]] fs::path spool() const {
    return world.folder.path() / "spool" /
           protocol::file_name_of({process->request.session, job.run, job.attempt});
  }

  [[nodiscard]] protocol::Metrics rows(std::int64_t from, std::int64_t to) const {
    protocol::Metrics metrics{.run = job.run, .attempt = job.attempt, .batch = to};
    for (std::int64_t step = from; step < to; ++step) {
      metrics.steps.push_back({.step = step, .epoch = 1, .loss = 0.5, .examples = 1});
    }
    if (to == world.steps_per_run) {
      metrics.evals.push_back(
          {.epoch = 1, .split = Split::eval, .step = to - 1, .flat_accuracy = 0.5, .examples = 3});
    }
    return metrics;
  }

  [[nodiscard]] protocol::Finished success() const {
    return {.run = job.run, .attempt = job.attempt, .end = AttemptEnd::succeeded};
  }

  JobSpec job;
  std::shared_ptr<FakeProcess> process;
};

TEST_F(Sessions, AWorkerThatComesBackGoesOnWithTheSameAttempt) {
  kill_in_mid_run();
  world.start();
  world.settle();
  EXPECT_EQ(count("running"), 1) << "nobody else gets it meanwhile";

  Peer worker = world.come_back(*process, {at_hand()});
  std::optional<Adopted> adopted;
  world.until([&] { return (adopted = worker.take<Adopted>()).has_value(); });
  EXPECT_EQ(adopted->steps, 2) << "what is stored already";
  world.report_rows(worker, job, 2, world.steps_per_run);
  world.report_success(worker, job);

  world.until([&] { return count("succeeded") == 1; });
  world.until([&] { return worker.take<FinishedStored>().has_value(); });
  EXPECT_THAT(world.store->store.attempts(job.run), SizeIs(1));
  EXPECT_THAT(steps(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(*world.processes, SizeIs(1)) << "and no second worker was started";
}

TEST_F(Sessions, WorkersOfALaterLifeGetNumbersOfTheirOwn) {
  kill_in_mid_run();
  world.set_machine({.cores = 2, .gpus = {}, .trainer_has_cuda = false});
  world.start();
  static_cast<void>(world.come_back(*process, {at_hand()}));

  submit(sweep_of({1e-3, 2e-3, 3e-3}, "more"));
  world.settle();

  ASSERT_THAT(*world.processes, SizeIs(2));
  EXPECT_NE(world.processes->back()->request.worker, process->request.worker);
}

TEST_F(Sessions, WhatAWorkerLeftOnDiskCountsAlsoIfItIsGone) {
  kill_in_mid_run();
  leave_spool({protocol::Started{job.run, job.attempt, 0}, rows(2, 4), success()});
  process->has_ended = true;

  world.start();

  world.until([&] { return count("succeeded") == 1; });
  EXPECT_THAT(world.store->store.attempts(job.run), SizeIs(1));
  EXPECT_THAT(steps(), ElementsAre(0, 1, 2, 3));
  world.settle();
  EXPECT_FALSE(fs::exists(spool()));
  ASSERT_THAT(world.store->store.sessions(), SizeIs(1));
  EXPECT_TRUE(world.store->store.sessions()[0].ended_at.has_value());
}

TEST_F(Sessions, AWorkerThatDiedMeanwhileLosesItsRunAtNoCostAndItsRowsCount) {
  kill_in_mid_run();
  leave_spool({protocol::Started{job.run, job.attempt, 0}, rows(2, 3)});
  world.processes->clear();

  world.start();
  Peer next = world.join();
  world.settle();
  world.live(2s);  // what was lost rests
  const JobSpec resumed = world.next_job(next);

  EXPECT_EQ(resumed.attempt, Attempt{2});
  EXPECT_EQ(resumed.committed_steps, 3);
  const auto attempts = world.store->store.attempts(job.run);
  EXPECT_EQ(attempts.at(0).outcome, "lost");
  EXPECT_EQ(attempts.at(0).message,
            "the worker process has ended; how is not known, since an earlier orchestrator had "
            "started it");
}

TEST_F(Sessions, ADamagedSpoolCountsUpToItsDamage) {
  kill_in_mid_run();
  leave_spool({protocol::Started{job.run, job.attempt, 0}, rows(2, 3), rows(3, 4), success()});
  fs::resize_file(spool(), fs::file_size(spool()) - 250);  // within the last batch
  world.processes->clear();

  world.start();
  Peer next = world.join();
  world.settle();
  world.live(2s);  // what was lost rests

  EXPECT_EQ(world.next_job(next).committed_steps, 3);
}

TEST_F(Sessions, WhoeverDoesNotComeBackIsEndedAndItsRunGoesOnElsewhere) {
  kill_in_mid_run();
  world.start();
  world.settle();

  world.live(32s);
  world.settle();

  EXPECT_EQ(process->ended_by, SIGKILL);
  Peer next = world.join();
  world.settle();
  world.live(2s);  // what was lost rests
  EXPECT_EQ(world.next_job(next).attempt, Attempt{2});
}

TEST_F(Sessions, WhatTheWorkerNeverGotIsAssignedAgain) {
  submit(sweep_of({1e-3}));
  {
    Peer worker = world.join();
    job = world.next_job(worker);
  }
  process = world.processes->back();
  world.crash_alone();
  world.start();

  Peer worker = world.come_back(*process, {});

  const JobSpec again = world.next_job(worker);
  EXPECT_EQ(again.run, job.run);
  EXPECT_EQ(again.attempt, Attempt{1});
}

TEST_F(Sessions, AnEndWhoseCommitItNeverHeardOfIsDropped) {
  submit(sweep_of({1e-3, 2e-3}));
  Peer worker = world.join();
  job = world.next_job(worker);
  world.train(worker, job);
  world.until([&] { return count("succeeded") == 1; });
  process = world.processes->back();
  world.crash_alone();
  world.start();

  Peer back = world.come_back(*process, {at_hand()});

  world.until([&] { return back.take<Dropped>().has_value(); });
  EXPECT_EQ(count("succeeded"), 1);
}

TEST_F(Sessions, AStreamThatBreaksCostsNoAttempt) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  job = world.next_job(worker);
  world.report_start(worker, job);
  world.settle();
  process = world.processes->back();
  worker.stream()->close();
  world.settle();

  Peer back = world.come_back(*process, {at_hand()});
  world.until([&] { return back.take<Adopted>().has_value(); });
  world.report_rows(back, job, 0, world.steps_per_run);
  world.report_success(back, job);

  world.until([&] { return count("succeeded") == 1; });
  EXPECT_THAT(world.store->store.attempts(job.run), SizeIs(1));
}

TEST_F(Sessions, AStopThatWasGivenMeanwhileReachesItWhenItIsBack) {
  kill_in_mid_run();
  world.start();
  world.settle();
  static_cast<void>(world.ask({{"do", "pause"}, {"sweep", 1}}));

  Peer worker = world.come_back(*process, {at_hand()});

  std::optional<protocol::Stop> stop;
  world.until([&] { return (stop = worker.take<protocol::Stop>()).has_value(); });
  EXPECT_EQ(stop->cause, StopCause::paused);
}

TEST_F(Sessions, ADrainDoesNotWaitForThoseThatAreAway) {
  kill_in_mid_run();
  world.start();
  world.settle();

  world.orchestrator().drain();
  world.settle();

  EXPECT_EQ(process->ended_by, SIGTERM);
  world.until([&] { return world.has_left; });
}

TEST_F(Sessions, AStrangerWithANameThatNobodyKnowsIsToldSo) {
  Peer stranger = world.connect();
  stranger.say(protocol::Hello{.session = "somebody", .token = "secret", .slots = 1});

  std::optional<protocol::Reply> reply;
  world.until([&] { return (reply = stranger.take<protocol::Reply>()).has_value(); });
  EXPECT_THAT(reply->json, testing::HasSubstr("not_found"));
}

TEST_F(Sessions, ASpoolOfASessionThatNobodyKnowsIsRemoved) {
  kill_in_mid_run();
  leave_spool({rows(2, 3)});
  const fs::path stray = world.folder.path() / "spool" / "nobody.1.1.spool";
  fs::copy_file(spool(), stray);

  world.start();
  world.settle();

  EXPECT_FALSE(fs::exists(stray));
  EXPECT_TRUE(fs::exists(spool())) << "its worker lives, and will tell it";
}

}  // namespace
}  // namespace tarama::test
