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

TEST_F(PlanDesign, SaysInWhichOrderRunsAreHandedOut) {
  const std::string file = small_sweep("replicates: 3\norder: cheapest_first\n");

  EXPECT_EQ(tarama({"plan", file, "--json"}).json()["order"], "cheapest_first");
  EXPECT_THAT(tarama({"plan", file}).output,
              HasSubstr("order   cheapest first, one seed of every level before the next"));
}

TEST_F(PlanDesign, AParameterUnderAConditionHasADashWhereThatDoesNotHold) {
  const std::string file = sweep_file(
      "  norm: {values: [pre, post]}\n"
      "  dropout: {values: [0, 0.2], when: {norm: post}}\n"
      "  lr: {value: 1e-3}\n"
      "  warmup: {value: 0}\n"
      "  epochs: {value: 1}\n");

  EXPECT_THAT(tarama({"plan", file}).output,
              testing::AllOf(HasSubstr("norm  dropout"),
                             HasSubstr("pre        -"),
                             HasSubstr("post        0"),
                             HasSubstr("post      0.2")));
}

TEST_F(PlanDesign, WithOneSeedSaysThatNothingIsToldApart) {
  const ProgramResult plan = tarama({"plan", small_sweep()});

  EXPECT_THAT(plan.output, HasSubstr("answer  one seed a level: luck cannot be told from merit"));
  EXPECT_THAT(plan.errors, HasSubstr("[one_replicate]"));
}

TEST_F(PlanDesign, TimesSomeStepsAndLeavesNothingBehind) {
  const std::string script = write("script.json", R"({"step_time": "50ms"})");

  const nlohmann::json plan =
      tarama(
          {"plan", small_sweep("replicates: 2\nresources: {devices: [cpu]}\n"), "--time", "--json"},
          {{"TARAMA_FAKE_SCRIPT", script}})
          .json();

  EXPECT_THAT(plan["estimate"]["basis"].get<std::string>(),
              HasSubstr(" of one level timed just now"));
  // 8 runs of 10 steps of 50 ms at least, on the workers of this machine; a busy one takes longer.
  EXPECT_GT(plan["estimate"]["seconds"], 8 * 10 * .05 / 64);
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(PlanDesign, SaysWhyNothingCouldBeTimed) {
  const std::string script = write("script.json", R"({"faults": [{"step": 1, "do": "nan"}]})");

  const ProgramResult plan =
      tarama({"plan", small_sweep(), "--time"}, {{"TARAMA_FAKE_SCRIPT", script}});

  EXPECT_NE(plan.exit_code, 0);
  EXPECT_THAT(plan.errors, HasSubstr("the run that was to be timed failed"));
}

TEST_F(PlanDesign, SaysHowManyRunsReplicatesThatDecideThemselvesWillTake) {
  const ProgramResult plan =
      tarama({"plan", small_sweep("replicates: {first: 5, most: 20, until: 0.02}\n")});

  EXPECT_THAT(plan.output, testing::ContainsRegex("answer  about [0-9]+ runs, from 20 to 80"));
  EXPECT_THAT(plan.output, HasSubstr(" for the first 20, "));
}

}  // namespace
}  // namespace tarama::test
