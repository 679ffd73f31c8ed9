// Sweeps that learn from their runs, with real processes: kill -9 of the orchestrator in between,
// and what of it a user sees.
#include "tests/support/sweep_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <string>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Search : public SweepFixture {
 protected:
  /// A sweep of a script that is best at a rate of 1e-3 with the momentum 0.9; its runs 5, 12 and
  /// 18 wait for a file each. `more` is YAML.
  std::string search(const std::string& more) {
    write("train.sh",
          "#!/bin/sh\n"
          "case $TARAMA_RUN in\n"
          "5|12|18) while [ ! -e go-$TARAMA_RUN ]; do sleep 0.05; done;;\n"
          "esac\n"
          "awk -v lr=\"$1\" -v momentum=\"${2:-0}\" 'BEGIN {\n"
          "  d = log(lr) / log(10) + 3; m = momentum - 0.9\n"
          "  printf \"{\\\"score\\\": %.6f}\\n\", 1 - 0.1 * d * d - m * m\n"
          "}'\n");
    fs::permissions(folder() / "train.sh", fs::perms::owner_all);
    return write("sweep.yaml",
                 "name: search\n"
                 "trainer: {command: [./train.sh, \"{lr}\", \"{momentum}\"]}\n"
                 "parameters:\n"
                 "  lr: {min: 1e-6, max: 1, distribution: log_uniform}\n"
                 "  optimizer: {values: [adam, sgd]}\n"
                 "  momentum: {min: 0, max: 1, q: 0.05, when: {optimizer: sgd}}\n"
                 "metric: {name: score, goal: maximize}\n"
                 "method: tpe\n" +
                     more);
  }

  /// The runs in the order in which they came to be, with what they have shown.
  nlohmann::json runs() {
    return query(
        "SELECT run_id, level_id, seed, params, state, metric FROM results "
        "ORDER BY run_id");
  }

  void let_all_go() {
    for (const int run : {5, 12, 18}) {
      write(fmt::format("go-{}", run), "");
    }
  }

  /// Until so many runs have succeeded.
  void until_succeeded(int count) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    const std::string sql = fmt::format(
        "SELECT count(*) >= {} AS is_there FROM results WHERE state = 'succeeded'", count);
    for (;;) {
      const ProgramResult result = tarama({"query", sql, "--format", "json"});
      if (result.exit_code == 0 && result.json().at(0).begin().value() == 1) {
        return;
      }
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << sql;
    }
  }
};

TEST_F(Search, AKilledOrchestratorsSearchMakesTheRunsOfAnUndisturbedOne) {
  const std::string file = search("max_runs: 24\nmax_concurrent: 1\n");
  for (const int run : {5, 12, 18}) {
    Program killed(command({"run", file}), with_defaults({}));
    until_succeeded(run - 1);
    killed.signal(SIGKILL);
    killed.finish();
    write(fmt::format("go-{}", run), "");
  }

  const ProgramResult last = tarama({"run", file, "--json"});

  ASSERT_EQ(last.exit_code, 0) << last.errors;
  EXPECT_EQ(last.json()["succeeded"], 24);
  EXPECT_EQ(query("SELECT planned, pending, leased, running, succeeded, failed, cancelled "
                  "FROM account"),
            nlohmann::json::parse(R"([{"planned": 24, "pending": 0, "leased": 0, "running": 0,
                                       "succeeded": 24, "failed": 0, "cancelled": 0}])"));
  const nlohmann::json killed = runs();
  use_store("undisturbed");
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);
  EXPECT_EQ(killed, runs());
}

TEST_F(Search, SaysBeforehandWhatWillHappenAndAtTheEndWhichLevelIsBest) {
  const std::string file = search("max_runs: 40\nmax_concurrent: 2\n");
  let_all_go();

  const ProgramResult plan = tarama({"plan", file});
  ASSERT_EQ(plan.exit_code, 0) << plan.errors;
  EXPECT_THAT(plan.output, HasSubstr("40 levels"));
  EXPECT_THAT(plan.output, HasSubstr("then 30 levels, chosen one after the other"));
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const nlohmann::json levels = tarama({"levels", "--json"}).json();
  EXPECT_EQ(levels["levels"].size(), 40U);
  EXPECT_EQ(levels["levels"][0]["params"]["optimizer"], "sgd") << levels["levels"][0];
  EXPECT_GT(value("SELECT max(metric) FROM results").get<double>(), 0.97);
}

TEST_F(Search, GoesOnWhereTheFileAllowsMoreRuns) {
  let_all_go();
  ASSERT_EQ(tarama({"run", search("max_runs: 12\nmax_concurrent: 1\n")}).exit_code, 0);

  const ProgramResult more = tarama({"run", search("max_runs: 15\nmax_concurrent: 1\n"), "--json"});

  ASSERT_EQ(more.exit_code, 0) << more.errors;
  EXPECT_THAT(more.errors, HasSubstr("it goes on where it stood"));
  EXPECT_EQ(more.json()["succeeded"], 15);
}

TEST_F(Search, IsNotTakenForASampleThatBeginsWithTheSameRuns) {
  let_all_go();
  const std::string file = search("max_runs: 10\n");
  ASSERT_EQ(tarama({"run", file, "--set", "method=sobol"}).exit_code, 0);

  const ProgramResult refused = tarama({"run", file});

  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.errors, HasSubstr("its method is sobol and not tpe"));
}

TEST_F(Search, GoesOnWhereRunsFail) {
  const std::string file = search("max_runs: 16\nmax_concurrent: 1\n");
  write("train.sh",
        "#!/bin/sh\n"
        "[ -n \"$2\" ] && exit 3\n"  // every run of sgd
        "echo '{\"score\": 1}'\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 5);

  EXPECT_EQ(value("SELECT count(*) FROM results"), 16);
  EXPECT_EQ(value("SELECT pending + leased + running FROM account"), 0);
  EXPECT_EQ(value("SELECT succeeded + failed FROM account"), 16);
}

TEST_F(Search, EndsBeforeMaxRunsWhereEveryLevelHasBeenTried) {
  search("");
  let_all_go();
  const std::string file =
      write("few.yaml",
            "name: few\n"
            "trainer: {command: [./train.sh, \"{lr}\"]}\n"
            "parameters: {lr: {values: [1e-4, 1e-3, 1e-2]}, twin: {values: [a, b, c, d]}}\n"
            "metric: {name: score, goal: maximize}\n"
            "method: tpe\nmax_runs: 1000\nreplicates: 2\n");

  const ProgramResult result = tarama({"run", file, "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 24);
}

}  // namespace
}  // namespace tarama::test
