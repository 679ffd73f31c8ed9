// What the orchestrator does about reports, clients, restarts and time: no processes, no
// files.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <gmock/gmock.h>
#include <limits>
#include <mutex>
#include <optional>
#include <string>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(OneSweep, RunsAreHandedOutOneAfterAnotherAndAccountedFor) {
  submit(sweep_of({1e-3, 2e-3}));
  Peer worker = world.join();

  for (const std::int64_t run : {1, 2}) {
    const JobSpec job = world.next_job(worker);
    EXPECT_EQ(job.run, RunId{run});
    world.train(worker, job);
  }
  world.until([&] { return count("succeeded") == 2; });

  EXPECT_EQ(world.sweep_status(1)["state"], "finished");
  EXPECT_THAT(world.store->store.steps(RunId{2}), SizeIs(4));
}

TEST_F(OneSweep, TheSameFileAgainIsTheSameSweepAlsoWhenItIsOver) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return count("succeeded") == 1; });
  world.settle();

  const ordered_json again = world.ask(World::submission(sweep_of({1e-3})));

  EXPECT_EQ(again["sweep"], 1);
  EXPECT_EQ(again["is_new"], false);
  EXPECT_EQ(again["planned"], 1);
}

// ---- what a peer may do -------------------------------------------------------------------------

/// A worker that breaks its word in one way, and the class that its run fails with.
struct Breach {
  const char* name;
  protocol::Message message;
};

class BrokenWorker : public OneSweep, public testing::WithParamInterface<Breach> {};

protocol::Metrics row_of(std::int64_t run, std::int64_t attempt, std::int64_t step) {
  return {.run = RunId{run},
          .attempt = Attempt{attempt},
          .batch = 1,
          .steps = {{.step = step, .epoch = 1}}};
}

/// Of a run of one epoch, three examples and two classes; right as it is.
protocol::Predictions classes_of(std::int64_t run, std::int64_t attempt) {
  return {.run = RunId{run},
          .attempt = Attempt{attempt},
          .epoch = 1,
          .split = Split::eval,
          .classes = {0, 1, 1},
          .labels = {1, 1, 0},
          .names = R"(["bad", "good"])"};
}

template <class Value>
protocol::Predictions classes_with(Value protocol::Predictions::*field, const Value& value) {
  protocol::Predictions predictions = classes_of(1, 1);
  predictions.*field = value;
  return predictions;
}

INSTANTIATE_TEST_SUITE_P(
    BreachesByPredictions,
    BrokenWorker,
    testing::Values(
        Breach{"ClassesOfARunItDoesNotHold", classes_of(2, 1)},
        Breach{"ClassesOfAnAttemptItDoesNotHold", classes_of(1, 2)},
        Breach{"ClassesOfEpochZero", classes_with<std::int64_t>(&protocol::Predictions::epoch, 0)},
        Breach{"ClassesBehindTheLastEpoch",
               classes_with<std::int64_t>(&protocol::Predictions::epoch, 2)},
        Breach{"ClassesOfATestThatIsNone",
               classes_with(&protocol::Predictions::split, Split::test)},
        Breach{"ClassesOfTooFewExamples",
               classes_with<std::string>(&protocol::Predictions::classes, {0, 1})},
        Breach{"ClassesThatAreNone",
               classes_with<std::string>(&protocol::Predictions::classes, {0, 1, 2})},
        Breach{"LabelsThatAreNone",
               classes_with<std::string>(&protocol::Predictions::labels, {0, 1, 2})},
        Breach{"TooManyNames",
               classes_with<std::string>(&protocol::Predictions::names, R"(["a", "b", "c"])")},
        Breach{"NamesThatAreNumbers",
               classes_with<std::string>(&protocol::Predictions::names, "[1, 2]")},
        Breach{"NamesThatAreNoJson",
               classes_with<std::string>(&protocol::Predictions::names, "[\xff")}),
    [](const auto& breach) { return breach.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Breaches,
    BrokenWorker,
    testing::Values(
        Breach{"RowsOfARunItDoesNotHold", row_of(2, 1, 0)},
        Breach{"RowsOfNoRunAtAll", row_of(4711, 1, 0)},
        Breach{"RowsOfStepMinusOne", row_of(1, 1, -1)},
        Breach{"RowsBehindTheLastStep", row_of(1, 1, 4)},
        Breach{"RowsOfAHugeAttempt", row_of(1, std::int64_t{1} << 62, 0)},
        Breach{"RowsOfEpochZero",
               protocol::Metrics{.run = RunId{1},
                                 .attempt = Attempt{1},
                                 .batch = 1,
                                 .steps = {{.step = 0, .epoch = 0}}}},
        Breach{"AnEvaluationOfEpochMinusSeven",
               protocol::Metrics{
                   .run = RunId{1}, .attempt = Attempt{1}, .batch = 1, .evals = {{.epoch = -7}}}},
        Breach{"AStartBeforeTheFirstStep", protocol::Started{RunId{1}, Attempt{1}, -1}},
        Breach{"AnEndOfARunItDoesNotHold",
               protocol::Finished{.run = RunId{2}, .attempt = Attempt{1}}},
        Breach{"AnOrchestratorsMessage", protocol::Shutdown{}}),
    [](const auto& breach) { return breach.param.name; });

TEST_P(BrokenWorker, IsEndedAndItsRunGoesOnWithTheNextOne) {
  submit(sweep_of({1e-3, 2e-3}));
  Peer broken = world.join();
  world.report_start(broken, world.next_job(broken));

  broken.say(GetParam().message);
  world.until([&] { return world.processes->front()->has_ended; });

  Peer sound = world.join();
  world.train(sound, world.next_job(sound));
  world.settle();  // the failure is known, and when it was
  world.live(2s);  // what failed rests
  world.train(sound, world.next_job(sound));
  world.until([&] { return count("succeeded") == 2; });
  const std::vector<PersistAttempt> attempts = world.store->store.attempts(RunId{1});
  ASSERT_THAT(attempts, SizeIs(2));
  EXPECT_EQ(attempts[0].outcome, "bad_report");
  EXPECT_THAT(*attempts[0].message, HasSubstr("the worker sent "));
  EXPECT_FALSE(world.orchestrator().failure());
}

TEST_F(OneSweep, PredictionsAreStoredWhenTheRunHasSucceeded) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  world.report_rows(worker, job, 0, world.steps_per_run);

  worker.say(classes_of(1, 1));
  world.report_success(worker, job);

  world.until([&] { return count("succeeded") == 1; });
  EXPECT_THAT(world.store->store.predictions(RunId{1}),
              ElementsAre(Predictions{.epoch = 1, .split = Split::eval, .classes = {0, 1, 1}}));
}

TEST_F(OneSweep, ASuccessWithoutItsRowsFailsThatRunWithTheReason) {
  SweepSpec spec = sweep_of({1e-3, 2e-3});
  spec.max_restarts = 0;
  submit(spec);
  Peer worker = world.join();
  const JobSpec first = world.next_job(worker);
  world.report_start(worker, first);
  world.report_rows(worker, first, 0, 3);
  world.report_success(worker, first);
  world.train(worker, world.next_job(worker));

  world.until([&] { return count("succeeded") == 1; });

  EXPECT_EQ(count("failed"), 1);
  const ordered_json ended = world.ask({{"do", "status"}, {"since", 0}})["finished"];
  EXPECT_EQ(ended[0]["failure_class"], "bad_report");
  EXPECT_EQ(ended[0]["message"],
            "the worker reported success, but of the run's 4 steps and 1 evaluations the first 3 "
            "and 0 arrived");
}

TEST_F(OneSweep, LateRowsOfAnOlderAttemptCountBelowTheNewerOnesFirstStep) {
  world.set_machine({.cores = 2, .gpus = {}});
  submit(sweep_of({1e-3}));
  Peer first = world.join(2);
  const JobSpec lost = world.next_job(first);
  world.report_start(first, lost);
  world.report_rows(first, lost, 0, 1);
  // The run goes back and out again: to the same worker, which has two slots.
  first.say(
      protocol::Finished{.run = lost.run, .attempt = lost.attempt, .end = AttemptEnd::failed});
  world.settle();
  world.live(2s);  // what failed rests
  const JobSpec newer = world.next_job(first);
  world.report_start(first, newer, 2);
  world.settle();

  world.report_rows(first, lost, 1, 3);
  world.report_rows(first, newer, 2, 4);
  world.report_success(first, newer);
  world.until([&] { return count("succeeded") == 1; });

  EXPECT_THAT(world.store->store.steps(RunId{1}), SizeIs(4));
}

// ---- clients ------------------------------------------------------------------------------------

TEST_F(OneSweep, AnAxisThatNobodyKnowsIsAnsweredAndAllElseGoesOn) {
  SweepSpec unknown = sweep_of({1e-3});
  unknown.parameters.push_back({.key = "momentum", .values = {0.9}});

  const ordered_json answer = world.ask(World::submission(unknown));

  EXPECT_EQ(answer["error"]["code"], "invalid_argument");
  EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("parameters.momentum"));
  submit(sweep_of({1e-3}));
}

TEST_F(OneSweep, SubmissionsThatCannotBeRightAreAnswered) {
  SweepSpec endless = sweep_of({1e-3});
  endless.replicates = std::numeric_limits<std::int64_t>::max();
  SweepSpec no_batch = sweep_of({1e-3});
  no_batch.training.batch_size = 0;
  SweepSpec no_epoch = sweep_of({1e-3});
  no_epoch.training.epochs = -1;
  ordered_json no_examples = World::submission(sweep_of({1e-3}));
  no_examples["prepared"]["variants"][0]["train_examples"] = 0;
  ordered_json no_level = World::submission(sweep_of({1e-3}));
  no_level["prepared"]["variant_of_level"] = {7};
  ordered_json no_spec = World::submission(sweep_of({1e-3}));
  no_spec.erase("spec");

  for (const ordered_json& request : {World::submission(endless, 1),
                                      World::submission(no_batch),
                                      World::submission(no_epoch),
                                      no_examples,
                                      no_level,
                                      no_spec,
                                      ordered_json{{"do", "dance"}},
                                      ordered_json{{"do", 7}},
                                      ordered_json{{"do", "pause"}, {"sweep", "one"}},
                                      ordered_json::array()}) {
    const ordered_json answer = world.ask(request);
    EXPECT_EQ(answer["error"]["code"], "invalid_argument") << request << answer;
  }
  EXPECT_EQ(world.ask({{"do", "pause"}, {"sweep", 9}})["error"]["code"], "not_found");
}

TEST_F(OneSweep, AClientOfAnotherVersionIsToldSoAndMayStillEndIt) {
  Peer client = world.connect();
  const auto frame_version = static_cast<std::uint16_t>(protocol::version + 1);

  const ordered_json status = world.ask({{"do", "status"}}, frame_version);
  const ordered_json ping = world.ask({{"do", "ping"}}, frame_version);

  EXPECT_EQ(status["error"]["code"], "refused");
  EXPECT_THAT(status["error"]["message"].get<std::string>(), HasSubstr("tarama stop"));
  EXPECT_TRUE(ping.contains("version"));
}

TEST_F(OneSweep, RetryOfFailedRunsLeavesCancelledOnesAlone) {
  SweepSpec spec = sweep_of({1e-3, 2e-3});
  spec.max_restarts = 0;
  submit(spec);
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  worker.say(protocol::Finished{.run = job.run,
                                .attempt = job.attempt,
                                .end = AttemptEnd::failed,
                                .failure = FailureClass::exited});
  const JobSpec other = world.next_job(worker);
  static_cast<void>(world.ask({{"do", "cancel"}, {"sweep", 1}, {"run", other.run.value}}));
  worker.say(
      protocol::Finished{.run = other.run, .attempt = other.attempt, .end = AttemptEnd::stopped});
  world.until([&] { return count("cancelled") == 1; });
  world.settle();

  static_cast<void>(world.ask({{"do", "retry"}, {"sweep", 1}, {"failed_only", true}}));

  EXPECT_EQ(world.next_job(worker).run, job.run);
  EXPECT_EQ(count("cancelled"), 1);
}

// ---- rows are the truth -------------------------------------------------------------------------

TEST_F(OneSweep, AnExtendedSweepHasThePointsOfBothFilesAcrossARestart) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return count("succeeded") == 1; });
  world.settle();

  ordered_json more = World::submission(sweep_of({1e-3, 5e-3}), 4, "extend");
  more["sweep"] = 1;
  const ordered_json answer = world.ask(more);
  EXPECT_EQ(answer["added"], 1) << answer;
  EXPECT_EQ(answer["planned"], 2);
  world.crash();
  world.start();
  Peer next = world.join();
  world.settle();
  world.live(2s);  // it may have been handed out before the crash: what was lost rests
  const JobSpec added = world.next_job(next);
  world.train(next, added);
  world.until([&] { return count("succeeded") == 2; });

  EXPECT_EQ(added.run, RunId{2});
  EXPECT_EQ(added.training.lr, 5e-3);
  // Either file is this sweep from now on.
  EXPECT_EQ(world.ask(World::submission(sweep_of({1e-3, 5e-3})))["sweep"], 1);
  EXPECT_EQ(world.ask(World::submission(sweep_of({1e-3})))["sweep"], 1);
}

TEST_F(OneSweep, AnExtensionByMoreReplicatesContinuesTheirNumbers) {
  submit(sweep_of({1e-3}));
  SweepSpec more = sweep_of({1e-3});
  more.replicates = 3;
  ordered_json request = World::submission(more, 4, "extend");
  request["sweep"] = 1;

  EXPECT_EQ(world.ask(request)["added"], 2);
  EXPECT_EQ(world.ask(request)["added"], 0);
  const auto stored = world.store->store.load_sweep(SweepId{1}).value();
  ASSERT_THAT(stored.runs, SizeIs(3));
  EXPECT_THAT(stored.levels, SizeIs(1));
  EXPECT_EQ(stored.runs[2].plan.replicate, 2);
  EXPECT_EQ(stored.runs[2].plan.seed, 3);
}

TEST_F(OneSweep, AnExtensionByOtherDataIsRefusedByName) {
  submit(sweep_of({8e-3, 9e-3}, "runs 1 and 2"));
  submit(sweep_of({1e-3}));
  SweepSpec other = sweep_of({2e-3});
  other.data.train = "/data/other.tsv";
  ordered_json request = World::submission(other, 4, "extend");
  request["sweep"] = 2;

  const ordered_json answer = world.ask(request);

  EXPECT_EQ(answer["error"]["code"], "refused");
  EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("'data' differs"));
  EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("`tarama show 3 --yaml`"));
}

TEST_F(OneSweep, ASweepThatCannotBeReadRestsWithTheReasonAndTheOthersGoOn) {
  submit(sweep_of({1e-3}));
  static_cast<void>(world.ask(World::submission(sweep_of({2e-3}, "another"))));
  world.settle();
  world.crash();
  world.store->on_load = [](std::vector<db::LoadedSweep>& loaded) {
    loaded.at(0).stored = Error{Errc::refused, "a level has the setting 'training.glow'"};
  };
  world.start();

  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return world.sweep_status(2).value("succeeded", 0) == 1; });

  const ordered_json status = world.ask({{"do", "status"}});
  ASSERT_THAT(status["unreadable"], SizeIs(1));
  EXPECT_EQ(status["unreadable"][0]["sweep"], 1);
  EXPECT_EQ(status["unreadable"][0]["name"], "a sweep");
  EXPECT_EQ(status["unreadable"][0]["reason"], "a level has the setting 'training.glow'");
  EXPECT_EQ(world.ask({{"do", "pause"}, {"sweep", 1}})["error"]["code"], "refused");
}

TEST_F(OneSweep, AnEndedSweepIsLetGoAndComesBackWhenItIsAskedFor) {
  SweepSpec spec = sweep_of({1e-3});
  spec.max_restarts = 0;
  submit(spec);
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  worker.say(protocol::Finished{.run = job.run,
                                .attempt = job.attempt,
                                .end = AttemptEnd::failed,
                                .failure = FailureClass::exited});
  world.until([&] { return count("failed") == 1; });
  world.settle();
  EXPECT_THAT(world.orchestrator().catalog().sweeps(), IsEmpty());

  static_cast<void>(world.ask({{"do", "retry"}, {"sweep", 1}}));
  world.train(worker, world.next_job(worker));
  world.until([&] { return count("succeeded") == 1; });

  EXPECT_EQ(world.sweep_status(1)["state"], "finished");
}

TEST_F(OneSweep, ARestartTakesUpWhatWasRunningAsANewAttempt) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  world.report_rows(worker, job, 0, 2);
  world.settle();
  world.crash();
  world.start();

  Peer next = world.join();
  world.settle();
  world.live(2s);  // what was lost rests
  const JobSpec resumed = world.next_job(next);

  EXPECT_EQ(resumed.run, job.run);
  EXPECT_EQ(resumed.attempt, Attempt{2});
  EXPECT_EQ(resumed.committed_steps, 2);
}

// ---- orders, the disk, time ---------------------------------------------------------------------

TEST_F(OneSweep, AStopDoesNotWaitBehindTheDisk) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  world.settle();
  std::optional<protocol::Stop> stop;
  {
    const std::lock_guard disk_is_full(world.store->gate);

    static_cast<void>(world.send({{"do", "cancel"}, {"sweep", 1}}));

    world.until([&] { return (stop = worker.take<protocol::Stop>()).has_value(); });
  }
  EXPECT_EQ(stop->run, job.run);
  EXPECT_EQ(stop->cause, StopCause::cancelled);
}

TEST_F(OneSweep, AStopWaitsForAFullDiskNoLongerThanForWorkers) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.settle();
  world.store->is_full = true;
  world.train(worker, job);
  world.until([&] { return world.orchestrator().writer().trouble().has_value(); });
  const auto live = [&](std::chrono::seconds time) {
    for (auto lived = 0s; lived < time; lived += 1s) {
      worker.say(protocol::Beat{});
      world.loop().poll();
      world.live(1s);
    }
  };

  world.orchestrator().drain();

  live(59s);
  EXPECT_FALSE(worker.take<protocol::Shutdown>()) << "somebody may free some room";
  live(3s);
  world.until([&] { return worker.take<protocol::Shutdown>().has_value(); });
  worker.stream()->close();
  world.processes->back()->has_ended = true;
  world.processes->back()->ended({.code = 0, .signal = 0});
  world.until([&] { return world.has_left; });
  EXPECT_EQ(world.orchestrator().failure()->code, Errc::disk_full);
}

TEST_F(OneSweep, NeitherALastCommitNorAWorkerThatHangsHoldsUpAStopOnAFullDisk) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  world.settle();
  world.store->is_full = true;
  static_cast<void>(world.send({{"do", "pause"}, {"sweep", 1}}));
  world.until([&] { return world.orchestrator().writer().trouble().has_value(); });

  world.orchestrator().drain();
  world.live(62s);
  world.live(75s);

  world.until([&] { return world.has_left; });
}

TEST_F(OneSweep, WhoeverGaveAnOrderIsAnsweredAfterTwoSecondsOfAFullDisk) {
  submit(sweep_of({1e-3}));
  world.settle();
  const std::lock_guard disk_is_full(world.store->gate);

  const auto answer = world.send({{"do", "pause"}, {"sweep", 1}});

  world.live(1900ms);
  EXPECT_TRUE(answer->is_null()) << "the disk may need a while";
  world.live(1s);
  EXPECT_TRUE(answer->is_object()) << "nobody waits for a full disk";
}

TEST_F(OneSweep, WhoeverGaveAnOrderIsAnsweredOnceItIsCommitted) {
  submit(sweep_of({1e-3}));

  const auto answer = world.send({{"do", "pause"}, {"sweep", 1}});
  world.until([&] { return !answer->is_null(); });

  const std::lock_guard lock(world.store->mutex);
  EXPECT_EQ(world.store->store.load_sweep(SweepId{1}).value().record.state, SweepState::paused);
}

TEST_F(OneSweep, AStopNeverOvertakesTheHandOutThatItIsAbout) {
  Peer worker = [&] {
    submit(sweep_of({1e-3, 2e-3}));
    return world.join();
  }();
  const JobSpec first = world.next_job(worker);
  world.report_start(worker, first);
  world.report_rows(worker, first, 0, 4);
  world.report_success(worker, first);
  {
    // The second run is leased, and on its way into the store.
    world.until(
        [&] { return world.orchestrator().scheduler().account(SweepId{1}).succeeded == 1; });
    const std::lock_guard disk_is_full(world.store->gate);
    static_cast<void>(world.send({{"do", "cancel"}, {"sweep", 1}, {"run", 2}}));
  }
  const JobSpec second = world.next_job(worker);

  std::optional<protocol::Stop> stop;
  world.until([&] { return (stop = worker.take<protocol::Stop>()).has_value(); });
  EXPECT_EQ(stop->run, second.run);
}

TEST_F(OneSweep, TimeAsleepCountsNeitherAgainstARunNorAgainstItsWorker) {
  SweepSpec spec = sweep_of({1e-3});
  spec.time_limit = 60s;
  submit(spec);
  Peer worker = world.join();
  world.report_start(worker, world.next_job(worker));
  world.settle();

  world.stand_still(8h);
  world.settle();

  EXPECT_FALSE(worker.take<protocol::Stop>());
  EXPECT_EQ(count("running"), 1);
  for (int second = 0; second < 70; ++second) {
    worker.say(protocol::Beat{});
    world.settle();
    world.live(1s);
  }
  EXPECT_EQ(worker.take<protocol::Stop>().value().cause, StopCause::time_limit);
}

TEST_F(OneSweep, ASilentWorkerIsEndedWhileTheLoopLives) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  world.report_start(worker, world.next_job(worker));
  world.settle();

  world.live(20s);
  world.until([&] { return world.processes->front()->has_ended; });

  world.settle();
  EXPECT_EQ(world.store->store.attempts(RunId{1}).front().outcome, "hung");
}

// ---- leaving ------------------------------------------------------------------------------------

TEST_F(OneSweep, ADrainWaitsForTheCheckpointAndLeavesTheRunToTheNextStart) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.report_start(worker, job);
  world.settle();

  static_cast<void>(world.ask({{"do", "drain"}}));
  std::optional<protocol::Stop> stop;
  world.until([&] { return (stop = worker.take<protocol::Stop>()).has_value(); });
  EXPECT_EQ(stop->cause, StopCause::drained);
  EXPECT_FALSE(world.has_left);
  worker.say(
      protocol::Finished{.run = job.run, .attempt = job.attempt, .end = AttemptEnd::stopped});
  world.until([&] { return worker.take<protocol::Shutdown>().has_value(); });
  worker.stream()->close();
  world.processes->front()->has_ended = true;
  world.processes->front()->ended({.code = 0, .signal = 0});
  world.until([&] { return world.has_left; });

  EXPECT_EQ(world.store->store.load_sweep(SweepId{1}).value().record.runs[0].standing.state,
            RunState::pending);
}

}  // namespace
}  // namespace tarama::test
