// `stop_when`: runs are given up by the rows that the store has, and by nothing else.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

class EarlyStopsOfASweep : public OneSweep {
 protected:
  static SweepSpec with_rule(double below) {
    SweepSpec spec = sweep_of({1e-3});
    StopRule rule;
    rule.metric = "eval.flat_accuracy";
    rule.below = below;
    spec.stop_when = {rule};
    return spec;
  }

  /// The steps from `from` on up to `to`, and an evaluation behind the first two of the run.
  static void report(Peer& worker, const JobSpec& job, std::int64_t from, std::int64_t to) {
    protocol::Metrics metrics{.run = job.run, .attempt = job.attempt, .batch = to};
    for (std::int64_t step = from; step < to; ++step) {
      metrics.steps.push_back({.step = step, .epoch = 1, .loss = 0.5, .examples = 1});
    }
    if (from == 0) {
      metrics.evals.push_back(
          {.epoch = 1, .split = Split::eval, .step = 1, .flat_accuracy = 0.4, .examples = 3});
    }
    worker.say(metrics);
  }

  static void stop(Peer& worker, const JobSpec& job) {
    worker.say(
        protocol::Finished{.run = job.run, .attempt = job.attempt, .end = AttemptEnd::stopped});
  }
};

TEST_F(EarlyStopsOfASweep, TellTheWorkerAndCountTheRunAsStopped) {
  submit(with_rule(0.5));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  report(worker, job, 0, 2);

  std::optional<protocol::Stop> order;
  world.until([&] { return (order = worker.take<protocol::Stop>()).has_value(); });
  EXPECT_EQ(order->cause, StopCause::ended_early);
  stop(worker, job);

  world.until([&] { return count("stopped") == 1; });
  EXPECT_EQ(world.sweep_status(1)["state"], "finished");
  EXPECT_EQ(count("planned"), 1);
}

TEST_F(EarlyStopsOfASweep, LeaveARunAloneOfWhichNoRuleHolds) {
  submit(with_rule(0.3));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  report(worker, job, 0, 4);
  world.report_success(worker, job);

  world.until([&] { return count("succeeded") == 1; });
}

TEST_F(EarlyStopsOfASweep, DecideByTheRowsAlsoWhereTheRunWasQuickerThanTheOrder) {
  submit(with_rule(0.5));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  report(worker, job, 0, 4);
  world.report_success(worker, job);

  world.until([&] { return count("stopped") == 1; });
  EXPECT_EQ(count("succeeded"), 0);
}

TEST_F(EarlyStopsOfASweep, DecideTheSameAfterARestart) {
  submit(with_rule(0.5));
  {
    Peer worker = world.join();
    const JobSpec job = world.next_job(worker);
    world.report_start(worker, job);
    report(worker, job, 0, 2);
    world.until([&] { return worker.take<protocol::Stop>().has_value(); });
  }
  world.crash();
  world.start();

  world.until([&] { return count("stopped") == 1; });
}

TEST_F(EarlyStopsOfASweep, ApplyToWhatIsThereWhenTheFileIsSubmittedAgainWithThem) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  report(worker, job, 0, 2);
  world.settle();

  EXPECT_EQ(world.ask(World::submission(with_rule(0.5)))["is_new"], false);

  world.until([&] { return worker.take<protocol::Stop>().has_value(); });
}

}  // namespace
}  // namespace tarama::test
