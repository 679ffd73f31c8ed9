// What most tests of the orchestrator begin with.
#pragma once

#include "tests/unit/orchestrator/service/orchestrator_world.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace tarama::test {

/// One worker, and a sweep of `runs` runs submitted as sweep 1.
class OneSweep : public testing::Test {
 protected:
  void submit(const SweepSpec& spec) {
    const nlohmann::ordered_json answer = world.ask(World::submission(spec));
    ASSERT_EQ(answer.value("is_new", false), true) << answer;
  }

  std::int64_t count(const char* state) { return world.sweep_status(1).value(state, -1); }

  World world;
};

}  // namespace tarama::test
