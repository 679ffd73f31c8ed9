// Which ends and pauses of a sweep its on_end is told of.
#include "orchestrator/service/duties.hpp"

#include "core/scheduling/retry_policy.hpp"
#include "core/sweep/sweep_spec_json.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tarama::orchestrator {
namespace {

constexpr SweepId sweep{1};
constexpr RunId run{7};

class PausesByItself : public testing::Test {
 protected:
  PausesByItself() {
    SweepSpec spec;
    spec.on_end = "true";
    db::StoredSweep stored;
    stored.record.sweep = sweep;
    stored.record.runs = {{.run = run}};
    stored.spec = to_json(spec);
    stored.levels.emplace_back().level = LevelId{1};
    db::StoredRun& planned = stored.runs.emplace_back();
    planned.run = run;
    planned.plan.level = LevelId{1};
    EXPECT_TRUE(catalog.open(stored));
    static_cast<void>(scheduler.handle(SweepSubmitted{stored.record}, TimePoint{}));
  }

  /// Whether on_end is told of a pause for this reason.
  bool is_told(const std::string& reason) {
    const auto duties_of_it = duties.that_follow({PersistSweep{sweep, SweepState::paused, reason}});
    return std::ranges::any_of(duties_of_it, [](const db::Duty& duty) {
      return duty.kind == db::DutyKind::on_end && duty.detail == "paused";
    });
  }

  const std::string full_disk = "3 attempts in a row " + std::string(found_no_room);
  const std::string still_full_disk = "4 attempts in a row " + std::string(found_no_room);
  const std::string sick = "every device is in quarantine: cpu";
  boost::asio::io_context loop;
  Errands errands{loop.get_executor(), [] {}};
  Catalog catalog;
  Scheduler scheduler;
  Duties duties{loop.get_executor(),
                errands,
                DutyView{catalog, scheduler},
                "/nowhere",
                0,
                {.done = [](const db::Duty&) {}, .changed = [] {}}};
};

TEST_F(PausesByItself, AreToldOnceForEachKind) {
  EXPECT_TRUE(is_told(full_disk));
  EXPECT_FALSE(is_told(still_full_disk)) << "tried again in vain";
  EXPECT_TRUE(is_told(sick));
  EXPECT_FALSE(is_told(still_full_disk));
  EXPECT_FALSE(is_told(sick));
}

TEST_F(PausesByItself, AreNewsAgainOnceARunGotThrough) {
  ASSERT_TRUE(is_told(full_disk));

  static_cast<void>(
      duties.that_follow({PersistRun{.run = run, .standing = {.state = RunState::succeeded}}}));

  EXPECT_TRUE(is_told(full_disk));
}

TEST_F(PausesByItself, AreNewsAgainOnceSomebodyGaveAnOrder) {
  ASSERT_TRUE(is_told(full_disk));

  duties.steered(sweep);

  EXPECT_TRUE(is_told(full_disk));
}

TEST_F(PausesByItself, OfSickDevicesAreNewsAgainOnceADeviceWorked) {
  ASSERT_TRUE(is_told(sick));

  static_cast<void>(duties.that_follow(
      {PersistQuarantine{.device = "cpu", .began_at = {}, .ended_at = TimePoint{1}}}));

  EXPECT_TRUE(is_told(sick));
}

TEST_F(PausesByItself, ThatSomebodyWantedAreAlwaysTold) {
  EXPECT_TRUE(is_told(""));
  EXPECT_TRUE(is_told(""));
}

}  // namespace
}  // namespace tarama::orchestrator
