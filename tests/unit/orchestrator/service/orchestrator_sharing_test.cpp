// How many runs at once a GPU gets while a sweep trains on it, by simulated rates.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <gmock/gmock.h>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t endless = 100'000;  // steps of a run: none ends by itself

/// Tokens a second of so many runs together.
using Gpu = std::function<std::int64_t(std::int64_t runs)>;

Gpu full_at(std::int64_t runs) {
  return [runs](std::int64_t n) { return 12'000 * std::min(n, runs); };
}

orchestrator::Machine machine_of_one_gpu(std::int64_t used_bytes) {
  orchestrator::Machine machine{.cores = 16, .gpus = {}, .trainer_has_cuda = true};
  machine.gpus.gpus.push_back({.index = 0, .uuid = "GPU-0", .memory_bytes = 80'000'000'000});
  machine.gpus.gpus.back().load.used_bytes = static_cast<std::uint64_t>(used_bytes);
  return machine;
}

/// One GPU with one worker process, which takes as many runs as it is given.
class SharedGpuWorld : public OneSweep {
 protected:
  struct Work {
    JobSpec job;
    std::int64_t steps = 0;
  };

  void begin(const SweepSpec& spec) {
    set_used_bytes();
    world.steps_per_run = endless;
    nlohmann::ordered_json submission = World::submission(spec, endless);
    submission["prepared"]["variants"][0]["parameters"] = parameters;
    const nlohmann::ordered_json answer = world.ask(submission);
    ASSERT_EQ(answer.value("is_new", false), true) << answer;
  }

  static SweepSpec twelve_runs() {
    SweepSpec spec = sweep_of({1e-3, 2e-3, 3e-3});
    spec.replicates = 4;
    return spec;
  }

  /// As much memory as the runs take.
  void set_used_bytes() {
    orchestrator::Machine machine =
        machine_of_one_gpu(bytes_per_run * std::max<std::int64_t>(1, busy()));
    machine.memory_bytes = host_bytes;
    world.set_machine(machine);
  }

  std::int64_t busy() const { return std::ssize(works); }

  std::vector<RunId> at_work() const {
    std::vector<RunId> runs;
    for (const auto& [run, work] : works) {
      runs.push_back(run);
    }
    return runs;
  }

  void take_orders() {
    while (const auto assigned = worker->take<protocol::Assign>()) {
      const JobSpec job = job_spec_from_json(assigned->job).value();
      works[job.run] = Work{.job = job};
      world.report_start(*worker, job);
    }
    EXPECT_FALSE(worker->take<protocol::Stop>()) << "a run is cut short";
    EXPECT_FALSE(worker->take<protocol::Shutdown>());
  }

  void train() {
    const std::int64_t runs = busy();
    protocol::Beat beat;
    for (auto& [run, work] : works) {
      const std::int64_t step = work.steps++;
      protocol::Metrics metrics{.run = run, .attempt = work.job.attempt, .batch = step + 1};
      metrics.steps.push_back(
          {.step = step, .epoch = 1, .loss = 0.5, .examples = 1, .tokens = gpu(runs) / runs});
      worker->say(metrics);
      beat.attempts.push_back({run, work.job.attempt, step + 1, step + 1, 0});
    }
    worker->say(beat);
  }

  void pass_a_second() {
    if (worker) {
      take_orders();
      train();
    }
    world.live(1s);
    world.settle();
    set_used_bytes();
    most_at_once = std::max(most_at_once, busy());
    const bool is_waited_for = !world.processes->empty() && !world.processes->back()->stream &&
                               !world.processes->back()->has_ended;
    if (is_waited_for) {
      worker = world.join(/*slots=*/0);
    }
  }

  void pass(std::chrono::seconds time) {
    for (std::chrono::seconds passed{0}; passed < time; ++passed) {
      pass_a_second();
    }
  }

  void end(RunId run, FailureClass failure) {
    worker->say(protocol::Finished{.run = run,
                                   .attempt = works.at(run).job.attempt,
                                   .end = AttemptEnd::failed,
                                   .failure = failure,
                                   .train_seconds = 1});
    works.erase(run);
  }

  void end_first(FailureClass failure) { end(works.begin()->first, failure); }

  nlohmann::ordered_json gpu_status() { return world.ask({{"do", "status"}})["devices"][0]; }

  Gpu gpu = full_at(3);
  std::int64_t bytes_per_run = 4'000'000'000;
  std::uint64_t host_bytes = 0;  // not known
  std::int64_t parameters = 0;   // likewise
  std::optional<Peer> worker;
  std::map<RunId, Work> works;
  std::int64_t most_at_once = 0;
};

TEST_F(SharedGpuWorld, RunsComeForAsLongAsTheyGetMoreDoneAndNothingIsCutShort) {
  begin(twelve_runs());
  pass(5s);
  EXPECT_EQ(busy(), 1);
  EXPECT_EQ(gpu_status()["at_once"], 1);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(), HasSubstr("until it is measured"));

  pass(6min);

  EXPECT_EQ(most_at_once, 4) << "the fourth was tried";
  EXPECT_EQ(gpu_status()["at_once"], 3);
  EXPECT_EQ(busy(), 4) << "nothing is cut short";
  const std::vector<RunId> before = at_work();
  end_first(FailureClass::diverged);
  pass(5s);
  EXPECT_EQ(busy(), 3);
  for (const RunId run : at_work()) {
    EXPECT_THAT(before, testing::Contains(run)) << "nothing new came in its place";
    EXPECT_EQ(world.orchestrator().scheduler().run(run)->standing.attempt, Attempt{1});
  }
  end_first(FailureClass::diverged);
  pass(5s);
  EXPECT_EQ(busy(), 3) << "three go on";
  EXPECT_THAT(*world.processes, testing::SizeIs(1)) << "all in one process";
}

TEST_F(SharedGpuWorld, WhereOneFillsTheGpuThereIsOneAgain) {
  gpu = full_at(1);
  begin(twelve_runs());

  pass(4min);

  EXPECT_EQ(most_at_once, 2);
  EXPECT_EQ(gpu_status()["at_once"], 1);
}

TEST_F(SharedGpuWorld, NoMoreThanTheMeasuredMemoryHolds) {
  gpu = full_at(8);
  bytes_per_run = 30'000'000'000;  // two of them in nine tenths of 80 GB
  begin(twelve_runs());

  pass(5min);

  EXPECT_EQ(most_at_once, 2);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(),
              HasSubstr("there is room for 2 in its memory"));
}

TEST_F(SharedGpuWorld, NoMoreThanTheHostsMemoryHolds) {
  gpu = full_at(8);
  host_bytes = 2'000'000'000;  // of which the worker takes 0.8, CUDA alone, and
  parameters = 20'000'000;     // each run 0.5
  world.trainer = "torch";
  world.crash();
  world.start();
  begin(twelve_runs());

  pass(5min);

  EXPECT_EQ(most_at_once, 2);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(),
              HasSubstr("there is room for 2 in this machine's memory"));
}

TEST_F(SharedGpuWorld, OneThatRunsOutOfMemoryMakesThemFewerForGood) {
  gpu = full_at(8);
  begin(twelve_runs());
  pass(3min);
  const std::int64_t before = gpu_status()["at_once"].get<std::int64_t>();
  ASSERT_GE(before, 3);
  ASSERT_EQ(busy(), before);

  end_first(FailureClass::out_of_memory);
  pass(5min);

  EXPECT_EQ(gpu_status()["at_once"], before - 1);
  EXPECT_LE(busy(), before - 1);
}

TEST_F(SharedGpuWorld, ANumberInTheFileIsHeldFromTheStart) {
  gpu = full_at(8);
  SweepSpec spec = twelve_runs();
  spec.resources.runs_per_device = 3;
  begin(spec);

  pass(5s);
  EXPECT_EQ(busy(), 3);
  pass(3min);

  EXPECT_EQ(most_at_once, 3);
  EXPECT_TRUE(gpu_status()["at_once"].is_null());
  EXPECT_THAT(*world.processes, testing::SizeIs(1));
}

TEST_F(SharedGpuWorld, StatusNamesEachRunOfAWorker) {
  SweepSpec spec = twelve_runs();
  spec.resources.runs_per_device = 2;
  begin(spec);
  pass(5s);

  const nlohmann::ordered_json workers = world.ask({{"do", "status"}})["workers"];

  ASSERT_EQ(workers.size(), 2U);
  EXPECT_EQ(workers[0]["id"], workers[1]["id"]);
  EXPECT_NE(workers[0]["run"], workers[1]["run"]);
}

TEST_F(SharedGpuWorld, TheNextOrchestratorGoesOnWithAsMany) {
  gpu = full_at(8);
  begin(twelve_runs());
  pass(3min);
  const std::int64_t before = gpu_status()["at_once"].get<std::int64_t>();
  ASSERT_GE(before, 3);

  world.crash_alone();
  world.start();
  EXPECT_EQ(world.orchestrator().sharing().runs_on("cuda:0"), before);
  std::vector<protocol::AttemptAtHand> attempts;
  for (const auto& [run, work] : works) {
    attempts.push_back({.run = run, .attempt = work.job.attempt, .first_step = 0});
  }
  worker = world.come_back(*world.processes->front(), attempts, /*slots=*/0);
  pass(5s);
  EXPECT_EQ(busy(), before) << "as many as before";

  end_first(FailureClass::diverged);
  pass(5s);

  EXPECT_EQ(busy(), before) << "the next one has come in its place";
}

TEST_F(SharedGpuWorld, RunsOfAProcessThatCrashesGoToTheNextOne) {
  SweepSpec spec = twelve_runs();
  spec.resources.runs_per_device = 3;
  spec.max_restarts = 0;
  begin(spec);
  pass(5s);
  const std::vector<RunId> before = at_work();
  ASSERT_EQ(before.size(), 3U);

  FakeProcess& process = *world.processes->front();
  process.has_ended = true;
  worker->stream()->close();
  process.ended({.code = 0, .signal = SIGSEGV});
  worker.reset();
  works.clear();
  pass(2min);

  EXPECT_THAT(*world.processes, testing::SizeIs(2));
  EXPECT_GE(busy(), 2);
  for (const RunId run : before) {
    EXPECT_EQ(world.orchestrator().scheduler().run(run)->standing.failed_attempts, 0);
  }
}

}  // namespace
}  // namespace tarama::test
