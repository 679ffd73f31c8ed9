// What a sweep's rows say of what it needs.
#include "orchestrator/sweeps/open_sweep.hpp"

#include "core/sweep/sweep_spec_json.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

SweepNeeds needs_of_levels(const std::vector<std::string>& learners,
                           Precision precision = Precision::fp32) {
  db::StoredSweep stored;
  stored.spec = to_json(SweepSpec{});
  for (const std::string& learner : learners) {
    LevelRecord level;
    level.level = LevelId{std::ssize(stored.levels) + 1};
    level.learner = learner;
    level.training.precision = precision;
    stored.levels.push_back(level);
  }
  return OpenSweep::from_rows(stored).value().needs();
}

TEST(OpenSweep, ItsLevelsSayWhatTheyAskOfGpus) {
  EXPECT_THAT(needs_of_levels({"packed", "torch"}).gpus.learners,
              UnorderedElementsAre(LearnerName::packed, LearnerName::torch));
  EXPECT_THAT(needs_of_levels({"fake"}).gpus.learners, IsEmpty());
  EXPECT_FALSE(needs_of_levels({"torch"}, Precision::bf16).gpus.are_a_must);
  EXPECT_TRUE(needs_of_levels({"packed"}, Precision::bf16).gpus.are_a_must);
}

}  // namespace
}  // namespace tarama::orchestrator
