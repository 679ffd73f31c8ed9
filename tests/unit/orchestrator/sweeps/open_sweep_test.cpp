// What a sweep's rows say of where it may run.
#include "orchestrator/sweeps/open_sweep.hpp"

#include "core/sweep/sweep_spec_json.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Resources resources_of(const Resources& asked, const std::vector<std::string>& learners) {
  SweepSpec spec;
  spec.resources = asked;
  db::StoredSweep stored;
  stored.spec = to_json(spec);
  for (const std::string& learner : learners) {
    LevelRecord level;
    level.level = LevelId{std::ssize(stored.levels) + 1};
    level.learner = learner;
    stored.levels.push_back(level);
  }
  return OpenSweep::from_rows(stored).value().resources();
}

TEST(OpenSweep, AutoMeansCpusWhereALevelIsPacked) {
  EXPECT_THAT(resources_of({}, {"torch", "torch"}).devices, IsEmpty());
  EXPECT_THAT(resources_of({}, {"packed"}).devices, ElementsAre("cpu"));
  EXPECT_THAT(resources_of({}, {"torch", "packed"}).devices, ElementsAre("cpu"));
}

TEST(OpenSweep, DevicesThatAreNamedStay) {
  Resources asked;
  asked.devices = {"cpu", "cuda:0"};
  asked.threads = 2;

  EXPECT_EQ(resources_of(asked, {"packed", "torch"}), asked);
}

}  // namespace
}  // namespace tarama::orchestrator
