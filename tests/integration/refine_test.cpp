// `tarama refine` with the scripted worker: levels of known means and spreads, and kill -9 in
// between.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Refine : public SweepFixture {
 protected:
  /// Levels 1e-3 and 3e-3 without and with warm-up; 3e-3 with warm-up is best, 1e-3 far behind.
  Environment script() {
    return {{"TARAMA_FAKE_SCRIPT", write("script.json", R"({
        "noise": 0.02, "seed_effect": 0.5, "default_mean": 0.5, "step_time": "10ms",
        "scores": [{"when": {"lr": 3e-3, "warmup": 0.1}, "mean": 0.89, "sd": 0.03},
                   {"when": {"lr": 3e-3}, "mean": 0.87}]})")}};
  }

  /// The sweep's runs in the order in which they came to be.
  nlohmann::json runs() { return query("SELECT level_id, seed FROM results ORDER BY run_id"); }
};

TEST_F(Refine, FindsTheBestLevelWithFewerRunsThanAnEqualShare) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 2\n")}, script()).exit_code, 0);

  const ProgramResult refined =
      tarama({"refine", "small", "--until", "0.01", "--most", "60", "--json"}, script());

  ASSERT_EQ(refined.exit_code, 0) << refined.errors;
  const nlohmann::json document = refined.json();
  ASSERT_EQ(document["refinements"].size(), 1U);
  const nlohmann::json& stage = document["refinements"][0];
  EXPECT_EQ(stage["reached"]["lr"], 3e-3) << stage;
  EXPECT_EQ(stage["reached"]["warmup"], 0.1);
  EXPECT_EQ(stage["is_over"], true);
  EXPECT_GE(document["looks"].size(), 3U);
  EXPECT_LT(document["planned"].get<int>(),
            4 * value("SELECT max(replicate) + 1 FROM results").get<int>());
  EXPECT_THAT(tarama({"levels"}).output,
              HasSubstr("refine: lr 0.003, warmup 0.1 is within 0.01 of the best, with 95 %"));
}

TEST_F(Refine, SaysBeforehandHowManyRunsToExpect) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 5\n")}, script()).exit_code, 0);

  const ProgramResult refined = tarama({"refine", "small", "--budget", "6"}, script());

  EXPECT_EQ(refined.exit_code, 0);
  EXPECT_THAT(refined.errors, HasSubstr("sweep 1 'small': 6 runs"));
  EXPECT_EQ(value("SELECT count(*) FROM results"), 26);
  EXPECT_THAT(tarama({"refine", "small", "--until", "0.005", "--most", "60"}, script()).errors,
              testing::AllOf(HasSubstr("at most"), HasSubstr("all of them with at least 90 %")));
  EXPECT_THAT(tarama({"levels"}).output, HasSubstr("hold with at least 90 %"));
}

TEST_F(Refine, SaysBeforehandWhatASecondPromiseCosts) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 5\n")}, script()).exit_code, 0);
  ASSERT_EQ(tarama({"refine", "small", "--until", "0.05"}, script()).exit_code, 0);

  const ProgramResult second = tarama({"refine", "small", "--until", "0.03"}, script());

  EXPECT_THAT(second.errors,
              HasSubstr("together with the tied levels and the refinement before, all of them with "
                        "at least 85 %"));
}

TEST_F(Refine, AFileThatAsksForItIsNotSilentlyLeftAlone) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 3\n")}, script()).exit_code, 0);
  const std::string file = small_sweep("replicates: {first: 3, until: 0.05}\n");

  EXPECT_THAT(tarama({"run", file}, script()).errors,
              HasSubstr("1 --until 0.05 --first 3 --most 20"));
  const ProgramResult extended = tarama({"extend", "small", file}, script());
  EXPECT_NE(extended.exit_code, 0);
  EXPECT_THAT(extended.errors, HasSubstr("tarama refine 1 --until 0.05 --first 3 --most 20"));
}

TEST_F(Refine, AFileWithABudgetIsNotSaidToHaveBegunWithout) {
  const std::string file = small_sweep("replicates: {first: 2, budget: 3}\n");

  for (const bool is_new : {true, false}) {
    const ProgramResult run = tarama({"run", file});

    EXPECT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_THAT(run.errors, testing::Not(HasSubstr("begun without"))) << is_new;
  }
}

// Everything is killed again and again; what comes to be is what comes to be undisturbed.
TEST_F(Refine, KilledInBetweenItMakesTheSameRuns) {
  const std::vector<std::string> order = {"refine", "small", "--until", "0.01", "--most", "60"};
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 2\n")}, script()).exit_code, 0);
  ASSERT_EQ(tarama(order, script()).exit_code, 0);
  const nlohmann::json undisturbed = runs();
  use_store("killed");
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 2\n")}, script()).exit_code, 0);

  for (const int behind : {9, 15}) {
    Program daemon(command({"serve", "--return-time", "1s"}), with_defaults(script()));
    ASSERT_TRUE(daemon.read_until("serving"));
    Program asking(command(order), with_defaults(script()));
    static_cast<void>(asking.read_until(fmt::format("  {}/", behind)));
    daemon.signal(SIGKILL);
    asking.signal(SIGKILL);  // it would go on by itself
    static_cast<void>(daemon.finish());
    static_cast<void>(asking.finish());
  }
  Program daemon(command({"serve", "--return-time", "1s"}), with_defaults(script()));
  ASSERT_TRUE(daemon.read_until("serving"));
  const ProgramResult last = tarama({"wait", "small"});
  ASSERT_EQ(last.exit_code, 0) << last.errors;

  EXPECT_EQ(runs(), undisturbed);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE state <> 'succeeded'"), 0);
}

}  // namespace
}  // namespace tarama::test
