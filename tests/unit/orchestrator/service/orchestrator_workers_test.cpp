// Which workers the orchestrator starts, on which devices, and what it says where none can be.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <gmock/gmock.h>
#include <memory>
#include <string>
#include <thread>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

// ---- devices ------------------------------------------------------------------------------------

orchestrator::Machine machine_with_gpu(bool is_there) {
  orchestrator::Machine machine{.cores = 1, .gpus = {}, .trainer_has_cuda = true};
  if (is_there) {
    machine.gpus.gpus.push_back({.index = 0, .uuid = "GPU-0"});
  }
  return machine;
}

TEST_F(OneSweep, ASweepWhoseGpuIsGoneSaysSoAndGoesOnWhenItIsBack) {
  world.set_machine(machine_with_gpu(true));
  SweepSpec spec = sweep_of({1e-3});
  spec.resources.devices = {"cuda:0"};
  submit(spec);
  Peer first = world.join();
  world.report_start(first, world.next_job(first));
  world.settle();
  EXPECT_EQ(world.processes->back()->request.place.device, "cuda:0");
  world.set_machine(machine_with_gpu(false));
  first.stream()->close();
  world.processes->back()->has_ended = true;
  world.processes->back()->ended({.code = 1, .signal = 0});
  world.settle();

  EXPECT_THAT(world.sweep_status(1)["waiting"][0]["reason"].get<std::string>(),
              HasSubstr("this machine has no 'cuda:0'"));
  const std::size_t started = world.processes->size();
  world.live(30s);
  world.settle();
  EXPECT_THAT(*world.processes, SizeIs(started)) << "nothing that the sweep may not use is started";

  world.set_machine(machine_with_gpu(true));
  world.live(30s);
  world.settle();
  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return count("succeeded") == 1; });
}

TEST_F(OneSweep, AutoFollowsTheMachine) {
  submit(sweep_of({1e-3, 2e-3}));
  world.settle();
  EXPECT_EQ(world.processes->back()->request.place.device, "cpu");

  world.set_machine(machine_with_gpu(true));
  world.live(30s);
  world.settle();

  EXPECT_EQ(world.processes->back()->request.place.device, "cuda:0");
}

// ---- starts that fail ---------------------------------------------------------------------------

/// The newest process ends before it has said anything.
void end_start(World& world) {
  FakeProcess& process = *world.processes->back();
  process.has_ended = true;
  process.ended({.code = 3, .signal = 0});
}

TEST_F(OneSweep, ThreeFailedStartsAreEnoughAndTheLastOnesWordsAreTold) {
  submit(sweep_of({1e-3}));
  world.settle();

  for (std::size_t start = 1; start <= 3; ++start) {
    ASSERT_THAT(*world.processes, SizeIs(start));
    end_start(world);
    world.orchestrator().staff();  // before its words are read
  }
  world.settle();

  EXPECT_THAT(*world.processes, SizeIs(3));
  EXPECT_EQ(world.ask({{"do", "status"}})["trouble"],
            "no worker starts on cpu: the worker process ended with code 3; it printed: the words "
            "of worker 3");
}

TEST_F(OneSweep, TheLoopDoesNotWaitForTheFileOfAFailedStart) {
  submit(sweep_of({1e-3}));
  world.settle();
  const std::shared_ptr<FakeProcess> process = world.processes->back();

  end_start(world);
  world.settle();

  EXPECT_NE(process->read_on, std::thread::id());
  EXPECT_NE(process->read_on, std::this_thread::get_id());
}

TEST_F(OneSweep, AFailedStartThatWasForgivenMeanwhileIsNoTrouble) {
  submit(sweep_of({1e-3}));
  world.settle();
  for (int start = 0; start < 3; ++start) {
    end_start(world);
  }

  world.orchestrator().roster().forgive();
  world.settle();

  EXPECT_EQ(world.orchestrator().roster().trouble(), "");
}

}  // namespace
}  // namespace tarama::test
