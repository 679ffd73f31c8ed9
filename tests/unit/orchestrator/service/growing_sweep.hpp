// A sweep that gets further runs while it is trained, in an orchestrator without processes.
#pragma once

#include "tests/unit/orchestrator/service/orchestrator_world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace tarama::test {

/// An orchestrator with the sweep, and one worker once it is trained.
struct GrowingSweep {
  GrowingSweep(const SweepSpec& spec, std::function<double(const JobSpec&)> accuracy) {
    world.accuracy = std::move(accuracy);
    const nlohmann::ordered_json answer = world.ask(World::submission(spec));
    EXPECT_EQ(answer.value("is_new", false), true) << answer;
  }

  bool is_open() { return world.sweep_status(1).value("state", "") == "running"; }

  /// Trains until the sweep is over; behind so many runs everything is killed, once.
  void train_all(std::size_t crash_behind = 1'000'000) {
    if (!worker) {
      worker = world.join();
    }
    for (std::size_t trained = 1; is_open(); ++trained) {
      std::optional<protocol::Assign> assigned;
      world.until([&] {
        assigned = worker->take<protocol::Assign>();
        return assigned || !is_open();
      });
      if (!assigned) {
        return;
      }
      world.train(*worker, job_spec_from_json(assigned->job).value());
      if (trained == crash_behind) {
        world.loop().poll();
        world.crash();
        world.start();
        worker = world.join();
        world.settle();
        world.live(std::chrono::seconds(2));  // what was lost rests
      }
    }
  }

  World world;
  std::optional<Peer> worker;
};

}  // namespace tarama::test
