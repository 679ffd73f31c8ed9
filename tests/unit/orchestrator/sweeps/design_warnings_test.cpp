// Sweeps whose replicates are too few to say anything.
#include "orchestrator/sweeps/design_warnings.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>

namespace tarama::orchestrator {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<config::ConfigWarning> warnings_with(std::int64_t replicates,
                                                 std::int64_t levels,
                                                 const std::string& name = "cola") {
  config::SweepFile file;
  file.spec.name = name;
  file.spec.replicates = replicates;
  return design_warnings(file, levels, {.eval_examples = 1000});
}

TEST(DesignWarnings, OfOneReplicateHaveTheEvaluationSetsErrorAndTheCommandForMore) {
  const auto warnings = warnings_with(1, 4);

  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings.front().code, "one_replicate");
  EXPECT_THAT(warnings.front().message,
              HasSubstr("the 1000 evaluation texts alone make an accuracy of 80 % uncertain by "
                        "0.013 (one standard error)"));
  EXPECT_THAT(warnings.front().message, HasSubstr("`tarama refine cola --budget 16 --first 5`"));
}

TEST(DesignWarnings, NoCommandIsPrintedThatAShellWouldTakeForAnother) {
  EXPECT_THAT(warnings_with(1, 4, "cola; rm -r x").front().message,
              HasSubstr("`tarama refine SWEEP --budget 16 --first 5`"));
}

TEST(DesignWarnings, OfTwoReplicatesSayThatHardlyAnythingIsToldApart) {
  EXPECT_EQ(warnings_with(2, 4).at(0).code, "two_replicates");
}

TEST(DesignWarnings, NameMaxRunsWhereThereAreFewerLevels) {
  config::SweepFile file;
  file.spec.method = Method::random;
  file.spec.max_runs = 100;
  file.spec.replicates = 5;

  const auto warnings = design_warnings(file, 12, {});

  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings.front().code, "fewer_levels");
  EXPECT_THAT(warnings.front().message,
              HasSubstr("max_runs: 100 asks for 20 levels, but the values of the parameters make "
                        "12 at most: the sweep has 60 runs"));
  EXPECT_THAT(design_warnings(file, 20, {}), IsEmpty());
}

TEST(DesignWarnings, AreNotGivenForThreeReplicatesOrForOneLevel) {
  EXPECT_THAT(warnings_with(3, 4), IsEmpty());
  EXPECT_THAT(warnings_with(1, 1), IsEmpty());
}

}  // namespace
}  // namespace tarama::orchestrator
