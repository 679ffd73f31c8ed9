// How many workers a GPU gets while a sweep trains on it, by simulated rates.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <gmock/gmock.h>
#include <optional>
#include <utility>

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

class SharedGpuWorld : public OneSweep {
 protected:
  struct Work {
    JobSpec job;
    std::int64_t steps = 0;
  };

  struct Lane {
    Peer peer;
    std::shared_ptr<FakeProcess> process;
    std::optional<Work> work{};
    bool is_sent_home = false;
  };

  void begin(SweepSpec spec) {
    set_used_bytes();
    world.steps_per_run = endless;
    const nlohmann::ordered_json answer = world.ask(World::submission(spec, endless));
    ASSERT_EQ(answer.value("is_new", false), true) << answer;
  }

  static SweepSpec twelve_runs() {
    SweepSpec spec = sweep_of({1e-3, 2e-3, 3e-3});
    spec.replicates = 4;
    return spec;
  }

  /// As much memory as the workers that live take.
  void set_used_bytes() {
    orchestrator::Machine machine =
        machine_of_one_gpu(bytes_per_worker * std::max<std::int64_t>(1, living()));
    machine.gpus.gpus.back().is_exclusive = is_exclusive;
    machine.memory_bytes = host_bytes;
    world.set_machine(machine);
  }

  std::int64_t living() const {
    return std::ranges::count_if(lanes, [](const Lane& lane) { return !lane.is_sent_home; });
  }

  std::int64_t busy() const {
    return std::ranges::count_if(lanes, [](const Lane& lane) { return lane.work.has_value(); });
  }

  std::vector<RunId> at_work() const {
    std::vector<RunId> runs;
    for (const Lane& lane : lanes) {
      if (lane.work) {
        runs.push_back(lane.work->job.run);
      }
    }
    return runs;
  }

  void look_for_orders(Lane& lane) {
    if (const auto assigned = lane.peer.take<protocol::Assign>()) {
      lane.work = Work{.job = job_spec_from_json(assigned->job).value()};
      world.report_start(lane.peer, lane.work->job);
    }
    if (!lane.is_sent_home && lane.peer.take<protocol::Shutdown>()) {
      EXPECT_FALSE(lane.work) << "a run is cut short";
      lane.is_sent_home = true;
      lane.process->has_ended = true;
      lane.peer.stream()->close();
      lane.process->ended({.code = 0, .signal = 0});
    }
  }

  void let_start() {
    const std::shared_ptr<FakeProcess> process = world.processes->back();
    if (living() < most_that_start) {
      Peer peer = world.join();
      lanes.push_back({std::move(peer), process});
    } else {
      process->has_ended = true;
      process->ended({.code = 3, .signal = 0});
    }
  }

  void pass_a_second() {
    for (Lane& lane : lanes) {
      look_for_orders(lane);
    }
    const std::int64_t runs = busy();
    for (Lane& lane : lanes) {
      if (lane.is_sent_home) {
        continue;
      }
      protocol::Beat beat;
      if (lane.work) {
        const JobSpec& job = lane.work->job;
        const std::int64_t step = lane.work->steps++;
        protocol::Metrics metrics{.run = job.run, .attempt = job.attempt, .batch = step + 1};
        metrics.steps.push_back(
            {.step = step, .epoch = 1, .loss = 0.5, .examples = 1, .tokens = gpu(runs) / runs});
        lane.peer.say(metrics);
        beat.attempts.push_back({job.run, job.attempt, step + 1, step + 1, 0});
      }
      lane.peer.say(beat);
    }
    world.live(1s);
    world.settle();
    set_used_bytes();
    if (!world.processes->empty() && !world.processes->back()->stream &&
        !world.processes->back()->has_ended) {
      let_start();
    }
    most_living = std::max(most_living, living());
  }

  void pass(std::chrono::seconds time) {
    for (std::chrono::seconds passed{0}; passed < time; ++passed) {
      pass_a_second();
    }
  }

  void end(Lane& lane, FailureClass failure) {
    lane.peer.say(protocol::Finished{.run = lane.work->job.run,
                                     .attempt = lane.work->job.attempt,
                                     .end = AttemptEnd::failed,
                                     .failure = failure,
                                     .train_seconds = 1});
    lane.work.reset();
  }

  nlohmann::ordered_json gpu_status() { return world.ask({{"do", "status"}})["devices"][0]; }

  Gpu gpu = full_at(3);
  std::int64_t bytes_per_worker = 4'000'000'000;
  bool is_exclusive = false;
  std::uint64_t host_bytes = 0;       // not known
  std::int64_t most_that_start = 64;  // beside each other; others end before they join
  std::deque<Lane> lanes;
  std::int64_t most_living = 0;
};

TEST_F(SharedGpuWorld, RunsComeForAsLongAsTheyGetMoreDoneAndTheSurplusGoesBehindItsRun) {
  begin(twelve_runs());
  pass(5s);
  EXPECT_EQ(busy(), 1);
  EXPECT_EQ(gpu_status()["at_once"], 1);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(), HasSubstr("until it is measured"));

  pass(6min);

  EXPECT_EQ(most_living, 4) << "the fourth was tried";
  EXPECT_EQ(gpu_status()["at_once"], 3);
  EXPECT_EQ(busy(), 4) << "nothing is cut short";
  const std::vector<RunId> before = at_work();
  end(lanes[1], FailureClass::diverged);
  pass(5s);
  EXPECT_EQ(busy(), 3);
  EXPECT_EQ(living(), 3) << "it was sent home";
  for (const RunId run : at_work()) {
    EXPECT_THAT(before, testing::Contains(run)) << "nothing new came in its place";
    EXPECT_EQ(world.orchestrator().scheduler().run(run)->standing.attempt, Attempt{1});
  }
  end(lanes[0], FailureClass::diverged);
  pass(5s);
  EXPECT_EQ(busy(), 3) << "three go on";
}

TEST_F(SharedGpuWorld, WhereOneFillsTheGpuThereIsOneAgain) {
  gpu = full_at(1);
  begin(twelve_runs());

  pass(4min);

  EXPECT_EQ(most_living, 2);
  EXPECT_EQ(gpu_status()["at_once"], 1);
}

TEST_F(SharedGpuWorld, NoMoreThanTheMeasuredMemoryHolds) {
  gpu = full_at(8);
  bytes_per_worker = 30'000'000'000;  // two of them in nine tenths of 80 GB
  begin(twelve_runs());

  pass(5min);

  EXPECT_EQ(most_living, 2);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(),
              HasSubstr("there is room for 2 in its memory"));
}

TEST_F(SharedGpuWorld, NoMoreThanTheHostsMemoryHolds) {
  gpu = full_at(8);
  host_bytes = 2'000'000'000;  // of which a worker of a GPU takes 0.8, CUDA alone
  world.trainer = "torch";
  world.crash();
  world.start();
  begin(twelve_runs());

  pass(5min);

  EXPECT_EQ(most_living, 2);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(),
              HasSubstr("there is room for 2 in this machine's memory"));
}

TEST_F(SharedGpuWorld, OneMoreThatDoesNotStartLeavesTheOthersAtWork) {
  gpu = full_at(8);
  most_that_start = 2;
  begin(twelve_runs());

  pass(6min);

  EXPECT_THAT(*world.processes, testing::SizeIs(2 + 3)) << "three starts failed, and no more";
  EXPECT_FALSE(world.orchestrator().roster().has_given_up("cuda:0"));
  EXPECT_EQ(world.orchestrator().roster().trouble(), "");
  EXPECT_EQ(busy(), 2);
  EXPECT_EQ(gpu_status()["at_once"], 2);
  EXPECT_THAT(gpu_status()["sharing"].get<std::string>(), HasSubstr("one more has failed"));

  most_that_start = 64;
  end(lanes[0], FailureClass::diverged);
  pass(5s);
  EXPECT_EQ(busy(), 2) << "the device is not dead: the next run goes there";
}

TEST_F(SharedGpuWorld, OneThatRunsOutOfMemoryMakesThemFewerForGood) {
  gpu = full_at(8);
  begin(twelve_runs());
  pass(3min);
  const std::int64_t before = gpu_status()["at_once"].get<std::int64_t>();
  ASSERT_GE(before, 3);
  ASSERT_EQ(busy(), before);

  end(lanes[0], FailureClass::out_of_memory);
  pass(5min);

  EXPECT_EQ(gpu_status()["at_once"], before - 1);
  EXPECT_LE(busy(), before - 1);
}

TEST_F(SharedGpuWorld, ANumberInTheFileIsHeld) {
  gpu = full_at(8);
  SweepSpec spec = twelve_runs();
  spec.resources.runs_per_device = 1;
  begin(spec);

  pass(3min);

  EXPECT_EQ(most_living, 1);
  EXPECT_TRUE(gpu_status()["at_once"].is_null());
}

TEST_F(SharedGpuWorld, AnExclusiveGpuHasOne) {
  gpu = full_at(8);
  is_exclusive = true;
  begin(twelve_runs());

  pass(3min);

  EXPECT_EQ(most_living, 1);
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
}

}  // namespace
}  // namespace tarama::test
