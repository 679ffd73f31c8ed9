// What holds of the scheduler under any sequence of events. The world (scheduler_world.hpp)
// checks after every event: the account is exact, the store has what the scheduler sees, no run
// is at work twice, attempts only rise, slots and max_concurrent are kept.
#include "tests/unit/core/scheduling/scheduler_world.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <rapidcheck.h>
#include <utility>
#include <vector>

namespace tarama {
namespace {

using Script = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

/// Long enough that sweeps end, are retried and end again within one script.
rc::Gen<Script> scripts() {
  return rc::gen::scale(4.0, rc::gen::arbitrary<Script>());
}

TEST(SchedulerProperty, HoldsWhateverHappens) {
  EXPECT_TRUE(rc::check("and everything comes to its end when it stops", [] {
    test::World world(test::Outcomes::any);
    world.submit(5);

    for (const auto& [what, whom] : *scripts()) {
      world.act(what, whom);
    }

    world.end_everything();
  }));
}

TEST(SchedulerProperty, ARestartAnywhereReachesTheSameOutcomes) {
  EXPECT_TRUE(rc::check("as no restart", [] {
    const Script script = *scripts();
    const auto crash_at = *rc::gen::inRange<std::size_t>(0, script.size() + 1);
    test::World whole(test::Outcomes::by_run);
    test::World restarted(test::Outcomes::by_run);
    whole.submit(9);
    restarted.submit(9);

    for (std::size_t step = 0; step < script.size(); ++step) {
      if (step == crash_at) {
        restarted.crash_and_restore();
      }
      whole.act_without_user(script[step].first, script[step].second);
      restarted.act_without_user(script[step].first, script[step].second);
    }
    if (crash_at == script.size()) {
      restarted.crash_and_restore();
    }
    whole.end_everything();
    restarted.end_everything();

    RC_ASSERT(whole.runs_in(RunState::succeeded) == restarted.runs_in(RunState::succeeded));
    RC_ASSERT(whole.runs_in(RunState::failed) == restarted.runs_in(RunState::failed));
  }));
}

}  // namespace
}  // namespace tarama
