// `tarama plan`: what a sweep will be able to tell.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class PlanDesign : public SweepFixture {};

TEST_F(PlanDesign, ReckonsWithTypicalSpreadsUntilTheStoreKnowsBetter) {
  const std::string file = small_sweep("replicates: 5\n");
  const nlohmann::json before = tarama({"plan", file, "--json"}).json();
  EXPECT_THAT(before["spread"]["basis"].get<std::string>(), HasSubstr("typical"));
  EXPECT_GT(before["detectable_difference"], 0);
  const std::string script = write("script.json", R"({"noise": 0.05})");
  ASSERT_EQ(tarama({"run", file}, {{"TARAMA_FAKE_SCRIPT", script}}).exit_code, 0);

  const nlohmann::json after = tarama({"plan", file, "--json"}).json();

  EXPECT_EQ(after["spread"]["basis"], "that of 4 levels in this store on these data");
  EXPECT_GT(after["detectable_difference"], before["detectable_difference"]);
}

TEST_F(PlanDesign, WithOneSeedSaysThatNothingIsToldApart) {
  const ProgramResult plan = tarama({"plan", small_sweep()});

  EXPECT_THAT(plan.output, HasSubstr("answer  one seed a level: luck cannot be told from merit"));
  EXPECT_THAT(plan.errors, HasSubstr("[one_replicate]"));
}

}  // namespace
}  // namespace tarama::test
