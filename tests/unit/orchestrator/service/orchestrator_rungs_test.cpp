// Runs that are compared at rungs, in an orchestrator without processes.
#include "tests/unit/orchestrator/service/orchestrator_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gmock/gmock.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::ordered_json;
using testing::Contains;
using testing::HasSubstr;

constexpr std::int64_t epochs = 9;
constexpr std::int64_t steps_of_epoch = 2;

/// Rungs behind epochs 1 and 3 of 9.
SweepSpec halving(std::int64_t max_runs, Method method = Method::asha) {
  SweepSpec spec = sweep_of({1e-3});
  spec.method = method;
  spec.max_runs = max_runs;
  spec.max_concurrent = 1;
  spec.order = OrderBy::as_listed;
  spec.training.epochs = epochs;
  spec.parameters = {
      {.key = "lr",
       .values = {},
       .drawn = DrawnRange{.distribution = Distribution::log_uniform, .min = 1e-5, .max = 1}}};
  spec.rungs = Rungs{};
  return spec;
}

enum class Killed { orchestrator, everything };

/// An orchestrator with a sweep and one worker, whose runs report an evaluation after each epoch.
struct HalvedSweep {
  explicit HalvedSweep(const SweepSpec& spec) { submit(spec); }

  void submit(const SweepSpec& spec) {
    const ordered_json answer = world.ask(World::submission(spec, steps_of_epoch));
    EXPECT_EQ(answer.value("is_new", false), true) << answer;
  }

  bool is_open() { return world.sweep_status(1).value("state", "") == "running"; }

  static double value_of(const JobSpec& job, std::int64_t epoch) {
    return .9 - .1 * std::abs(std::log10(job.training.lr) + 3) - .1 / static_cast<double>(epoch);
  }

  void report_epoch(const JobSpec& job, std::int64_t epoch) {
    protocol::Metrics metrics{
        .run = job.run, .attempt = job.attempt, .batch = epoch * steps_of_epoch};
    add_epoch(metrics, job, epoch);
    worker->say(metrics);
  }

  /// All epochs in one message.
  void report_all(const JobSpec& job) {
    protocol::Metrics metrics{
        .run = job.run, .attempt = job.attempt, .batch = epochs * steps_of_epoch};
    for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
      add_epoch(metrics, job, epoch);
    }
    worker->say(metrics);
  }

  static void add_epoch(protocol::Metrics& metrics, const JobSpec& job, std::int64_t epoch) {
    const std::int64_t from = (epoch - 1) * steps_of_epoch;
    for (std::int64_t step = from; step < from + steps_of_epoch; ++step) {
      metrics.steps.push_back({.step = step, .epoch = epoch, .loss = 0.5, .examples = 1});
    }
    metrics.evals.push_back({.epoch = epoch,
                             .split = Split::eval,
                             .step = from + steps_of_epoch - 1,
                             .flat_accuracy = value_of(job, epoch),
                             .examples = 3});
  }

  /// Epoch by epoch, until it is done, told to stop, or lost.
  void train(const JobSpec& job) {
    world.report_start(*worker, job);
    for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
      report_epoch(job, epoch);
      const bool is_killed_now = --epochs_until_crash == 0;
      if (is_killed_now && killed == Killed::everything) {
        return crash();
      }
      if (is_killed_now) {
        crash_alone(job, epoch);
      }
      world.settle();
      if (worker->take<protocol::Stop>()) {
        return worker->say(
            protocol::Finished{.run = job.run, .attempt = job.attempt, .end = AttemptEnd::stopped});
      }
    }
    world.report_success(*worker, job);
  }

  void crash() {
    world.loop().poll();
    world.crash();
    decided = rungs();
    world.start();
    worker = world.join();
    world.settle();
    world.live(std::chrono::seconds(2));  // what was lost rests
  }

  /// The worker trains on, and says again what nobody has acknowledged.
  void crash_alone(const JobSpec& job, std::int64_t epoch) {
    world.loop().poll();
    const auto process = world.processes->back();
    world.crash_alone();
    world.start();
    worker = world.come_back(*process, {{.run = job.run, .attempt = job.attempt, .first_step = 0}});
    report_epoch(job, epoch);
  }

  void train_all() {
    if (!worker) {
      worker = world.join();
    }
    while (is_open()) {
      std::optional<protocol::Assign> assigned;
      world.until([&] {
        assigned = worker->take<protocol::Assign>();
        return assigned || !is_open();
      });
      if (assigned) {
        train(job_spec_from_json(assigned->job).value());
      }
    }
    world.settle();
  }

  /// Of each run its state and, where it was stopped, why.
  std::map<std::int64_t, std::string> ends() {
    std::map<std::int64_t, std::string> ends;
    const db::StoredSweep stored = world.store->store.load_sweep(SweepId{1}).value();
    for (const RunRecord& run : stored.record.runs) {
      ends[run.run.value] = std::string(name_of(run.standing.state)) + " " + run.standing.message;
    }
    return ends;
  }

  std::vector<RungRow> rungs() { return world.store->store.rungs(SweepId{1}).value(); }

  World world;
  std::optional<Peer> worker;
  std::int64_t epochs_until_crash = 0;  // 0: it never comes
  Killed killed = Killed::orchestrator;
  std::vector<RungRow> decided;  // when it came
};

std::int64_t sum_of(const ordered_json& account) {
  std::int64_t sum = 0;
  for (const char* const state :
       {"pending", "leased", "running", "succeeded", "stopped", "failed", "cancelled"}) {
    sum += account.value(state, std::int64_t{-100});
  }
  return sum;
}

TEST(Rungs, StopRunsThatAreBehindAndCountThem) {
  HalvedSweep sweep(halving(20));

  sweep.train_all();

  const ordered_json status = sweep.world.sweep_status(1);
  EXPECT_EQ(status["state"], "finished");
  EXPECT_EQ(status["planned"], 20);
  EXPECT_EQ(sum_of(status), 20);
  EXPECT_GT(status["stopped"], 8);
  EXPECT_GT(status["succeeded"], 0);
  EXPECT_EQ(status["stopped"],
            std::ranges::count(sweep.rungs(), RungDecision::stopped, &RungRow::decision));
}

TEST(Rungs, AnOrchestratorThatIsKilledStopsTheSameRunsAsOneThatIsNot) {
  HalvedSweep undisturbed(halving(12));
  undisturbed.train_all();
  const auto ends = undisturbed.ends();
  const auto rungs = undisturbed.rungs();
  ASSERT_GT(undisturbed.world.sweep_status(1)["stopped"], 3);

  for (const std::int64_t crash_behind : {1, 2, 3, 9, 10, 11, 12, 13, 14, 20}) {
    HalvedSweep killed(halving(12));
    killed.epochs_until_crash = crash_behind;
    killed.train_all();

    EXPECT_EQ(killed.rungs(), rungs) << "killed behind epoch " << crash_behind;
    EXPECT_EQ(killed.ends(), ends) << "killed behind epoch " << crash_behind;
    EXPECT_EQ(killed.world.sweep_status(1)["state"], "finished");
  }
}

// What was lost rests before it is tried again, so that another run may come to a rung before it.
TEST(Rungs, WhatWasDecidedStandsWhereTheWorkersAreKilledAsWell) {
  for (const std::int64_t crash_behind : {1, 3, 10, 11, 12, 14}) {
    HalvedSweep sweep(halving(12));
    sweep.epochs_until_crash = crash_behind;
    sweep.killed = Killed::everything;
    sweep.train_all();

    const std::vector<RungRow> rungs = sweep.rungs();
    for (const RungRow& row : sweep.decided) {
      EXPECT_THAT(rungs, Contains(row));
    }
    const ordered_json status = sweep.world.sweep_status(1);
    EXPECT_EQ(sum_of(status), 12);
    EXPECT_EQ(status["stopped"],
              std::ranges::count(rungs, RungDecision::stopped, &RungRow::decision));
  }
}

TEST(Rungs, ARunThatWasQuickerThanTheOrderIsStoppedAllTheSame) {
  SweepSpec spec = halving(2);
  HalvedSweep sweep(spec);
  sweep.worker = sweep.world.join();
  std::vector<JobSpec> jobs;
  for (std::int64_t run = 1; run <= 2; ++run) {
    const JobSpec job = sweep.world.next_job(*sweep.worker);
    sweep.world.report_start(*sweep.worker, job);
    for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
      sweep.report_epoch(job, epoch);
    }
    sweep.world.report_success(*sweep.worker, job);
    sweep.world.settle();
    jobs.push_back(job);
  }
  sweep.world.until([&] { return !sweep.is_open(); });

  const bool is_second_worse =
      HalvedSweep::value_of(jobs[1], 1) < HalvedSweep::value_of(jobs[0], 1);
  EXPECT_EQ(sweep.world.sweep_status(1)["stopped"], is_second_worse ? 1 : 0);
  EXPECT_EQ(sum_of(sweep.world.sweep_status(1)), 2);
}

TEST(Rungs, WhatFindsNoRoomIsDecidedOnceThereIsSome) {
  HalvedSweep sweep(halving(2));
  sweep.worker = sweep.world.join();
  std::vector<JobSpec> jobs;
  for (std::int64_t run = 1; run <= 2; ++run) {
    const JobSpec job = sweep.world.next_job(*sweep.worker);
    sweep.world.report_start(*sweep.worker, job);
    sweep.world.store->rungs_without_room =
        2;  // behind its rows, and where it says that it is done

    sweep.report_all(job);
    sweep.world.report_success(*sweep.worker, job);

    sweep.world.settle();
    jobs.push_back(job);
  }
  sweep.world.until([&] { return !sweep.is_open(); });

  const bool is_second_worse =
      HalvedSweep::value_of(jobs[1], 1) < HalvedSweep::value_of(jobs[0], 1);
  EXPECT_EQ(sweep.world.sweep_status(1)["stopped"], is_second_worse ? 1 : 0);
  EXPECT_GE(sweep.rungs().size(), 3U);
}

TEST(Rungs, WhoAsksForAStoppedRunByNameHasItTrainedToItsEnd) {
  HalvedSweep sweep(halving(8));
  sweep.train_all();
  std::int64_t stopped = 0;
  for (const auto& [run, end] : sweep.ends()) {
    stopped = end.starts_with("stopped") ? run : stopped;
  }
  ASSERT_GT(stopped, 0);
  EXPECT_THAT(sweep.ends()[stopped], HasSubstr("rungs: eval.flat_accuracy "));

  static_cast<void>(sweep.world.ask({{"do", "retry"}, {"sweep", 1}, {"run", stopped}}));
  sweep.world.settle();
  sweep.train_all();

  EXPECT_EQ(sweep.ends()[stopped], "succeeded ");
}

TEST(Rungs, ASweepKeepsThoseThatItBeganWith) {
  HalvedSweep sweep(halving(8));
  SweepSpec other = halving(8);
  other.rungs->eta = 2;

  EXPECT_EQ(sweep.world.ask(World::submission(other, steps_of_epoch))["error"]["code"], "refused");
  other.rungs.reset();
  other.method = Method::sobol;
  EXPECT_EQ(sweep.world.ask(World::submission(other, steps_of_epoch))["error"]["code"], "refused");
  ordered_json more = World::submission(other, steps_of_epoch, "extend");
  more["sweep"] = 1;
  EXPECT_THAT(sweep.world.ask(more)["error"].dump(), HasSubstr("'rungs' differs"));
}

TEST(Rungs, AnExtensionGoesOnWhereTheSweepWas) {
  HalvedSweep sweep(halving(6));
  sweep.train_all();
  ordered_json more = World::submission(halving(12), steps_of_epoch, "extend");
  more["sweep"] = 1;
  const ordered_json answer = sweep.world.ask(more);
  ASSERT_EQ(answer.value("added", -1), 6) << answer;
  sweep.train_all();

  HalvedSweep at_once(halving(12));
  at_once.train_all();
  EXPECT_EQ(sweep.rungs(), at_once.rungs());
  EXPECT_EQ(sweep.ends(), at_once.ends());
}

TEST(Rungs, WithAMethodThatLearnsStoppedLevelsAreBadOnes) {
  HalvedSweep sweep(halving(16, Method::tpe));

  sweep.train_all();

  const ordered_json status = sweep.world.sweep_status(1);
  EXPECT_EQ(status["planned"], 16);
  EXPECT_EQ(sum_of(status), 16);
  EXPECT_GT(status["stopped"], 4);
}

}  // namespace
}  // namespace tarama::test
