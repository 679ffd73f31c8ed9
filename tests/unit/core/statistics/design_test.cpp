// What a sweep can tell before it runs.
#include "core/statistics/design.hpp"

#include <gtest/gtest.h>

namespace tarama::statistics {
namespace {

// (t(.05/11, 4) + t(.2, 4)) * .01 * sqrt(2/5) = (4.73196 + 0.94096) * .0063246, by integration of
// the density.
TEST(Design, TellsApartWhatLiesBeyondMarginAndChance) {
  EXPECT_NEAR(detectable_difference({.levels = 12, .replicates = 5, .spread = .01}).value(),
              0.0358787,
              1e-6);
}

TEST(Design, WithTwoReplicatesOrOneLevelTellsNothing) {
  EXPECT_EQ(detectable_difference({.levels = 12, .replicates = 2, .spread = .01}), std::nullopt);
  EXPECT_EQ(detectable_difference({.levels = 1, .replicates = 5, .spread = .01}), std::nullopt);
}

TEST(Design, MoreReplicatesTellSmallerDifferences) {
  const SweepDesign design{.levels = 12, .spread = .01};

  const auto needed = replicates_to_tell(.01, design, 100);

  ASSERT_TRUE(needed);
  EXPECT_LT(detectable_difference({.levels = 12, .replicates = *needed, .spread = .01}).value(),
            .01);
  EXPECT_GT(detectable_difference({.levels = 12, .replicates = *needed - 1, .spread = .01}).value(),
            .01);
  EXPECT_EQ(replicates_to_tell(.0001, design, 100), std::nullopt);
}

}  // namespace
}  // namespace tarama::statistics
