// `tarama suggest`: what it prints is a sweep file.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Suggest : public SweepFixture {};

constexpr const char* best_is_hottest = R"({"noise": 0.02, "default_mean": 0.5,
    "scores": [{"when": {"lr": 3e-3}, "mean": 0.9}]})";

TEST_F(Suggest, PrintsAFileThatPlanAndExtendTake) {
  const Environment script = {{"TARAMA_FAKE_SCRIPT", write("script.json", best_is_hottest)}};
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 3\n")}, script).exit_code, 0);

  const ProgramResult suggested = tarama({"suggest", "small"});

  ASSERT_EQ(suggested.exit_code, 0) << suggested.errors;
  EXPECT_THAT(suggested.output, HasSubstr("# - lr 0.003 is the highest tried"));
  const std::string next = write("next.yaml", suggested.output);
  const nlohmann::json planned = tarama({"plan", next, "--json"}).json();
  EXPECT_EQ(planned["name"], "small-2");
  EXPECT_EQ(planned["grid"].back()["params"]["lr"], 0.027);
  const nlohmann::json extended = tarama({"extend", "small", next, "--json"}, script).json();
  EXPECT_EQ(extended["planned"], 12 + 2 * 2 * 3) << "two rates more, with two warm-ups";
}

TEST_F(Suggest, SaysTheSameAsADocument) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);

  const nlohmann::json suggestion = tarama({"suggest", "--json"}).json();

  EXPECT_EQ(suggestion["step"], "more_seeds");
  EXPECT_EQ(suggestion["yaml"], "");
  EXPECT_THAT(suggestion["command"].get<std::string>(), HasSubstr("1 --budget 16 --first 5"));
}

TEST_F(Suggest, PrintsALineThatTheShellRuns) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);
  const std::string line = "tarama refine --store " + store() + " 1 --budget 16 --first 5\n";
  EXPECT_THAT(tarama({"levels"}).output,
              HasSubstr("5 seeds for every level, 16 further runs: " + line));

  const ProgramResult suggested = tarama({"suggest"});

  EXPECT_THAT(suggested.output, testing::EndsWith("\n# - expected: 16 runs\n" + line));
  ASSERT_EQ(tarama({"refine", "1", "--budget", "16", "--first", "5"}).exit_code, 0);
  EXPECT_EQ(value("SELECT max(replicate) FROM results"), 4);
}

}  // namespace
}  // namespace tarama::test
