// What dies, and what is left: workers killed in mid-run, the orchestrator killed, a run that
// never gets through. Nothing is lost, nothing runs twice, every run is accounted for.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

class Crash : public SweepFixture {
 protected:
  /// Every run has steps 0 .. 9, once each.
  void expect_complete_steps(int runs) {
    EXPECT_EQ(value("SELECT count(*) FROM steps"), runs * 10);
    EXPECT_EQ(value("SELECT count(*) FROM (SELECT DISTINCT run_id, step FROM steps)"), runs * 10);
    EXPECT_EQ(value("SELECT max(step) FROM steps"), 9);
    EXPECT_EQ(value("SELECT count(*) FROM evals"), runs * 2);
  }

  /// All that a run's steps say, without the moment of their making.
  nlohmann::json all_steps() {
    return query(
        "SELECT run_id, step, epoch, lr, loss, flat_accuracy, examples, tokens FROM steps "
        "ORDER BY run_id, step");
  }
};

TEST_F(Crash, AKilledWorkersRunIsTakenUpAndItsStepsAreThereOnce) {
  const std::string script = write("script.json", R"({"faults": [
      {"when": {"lr": 1e-3}, "attempt": 1, "step": 7, "do": "crash"},
      {"when": {"lr": 3e-3, "warmup": 0.1}, "attempt": 1, "step": 2, "do": "exit"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep(), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 4);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE attempts = 2"), 3);
  expect_complete_steps(4);
}

TEST_F(Crash, ARunThatAlwaysCrashesFailsAfterItsRestartsAndTheOthersGoOn) {
  const std::string script = write("script.json", R"({"faults":
      [{"when": {"lr": 1e-3, "warmup": 0}, "step": 1, "do": "crash"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep("max_restarts: 1\n"), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  EXPECT_EQ(result.exit_code, 5) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 3);
  EXPECT_EQ(query("SELECT failure_class, attempts FROM results WHERE state = 'failed'"),
            nlohmann::json::parse(R"([{"failure_class": "crashed", "attempts": 2}])"));
}

TEST_F(Crash, AKilledOrchestratorsSweepGoesOnWhereItWas) {
  const std::string file = small_sweep("replicates: 3\n");
  const std::string script = write("script.json", R"({"step_time": "10ms"})");
  const Environment slow = {{"TARAMA_FAKE_SCRIPT", script}};
  {
    Program first(command({"run", file}), with_defaults(slow));
    ASSERT_TRUE(first.read_until("succeeded"));
    first.signal(SIGKILL);
    first.finish();
  }

  const ProgramResult second = tarama({"run", file, "--json"}, slow);

  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(second.json()["sweep"], 1);
  EXPECT_EQ(second.json()["succeeded"], 12);
  expect_complete_steps(12);
  const nlohmann::json interrupted = all_steps();
  use_store("undisturbed");
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);
  EXPECT_EQ(interrupted, all_steps());
}

TEST_F(Crash, CtrlCStopsResumablyAndSaysHowToContinue) {
  const std::string file = small_sweep("replicates: 3\n");
  const std::string script = write("script.json", R"({"step_time": "10ms"})");
  const Environment slow = {{"TARAMA_FAKE_SCRIPT", script}};
  Program first(command({"run", file}), with_defaults(slow));
  ASSERT_TRUE(first.read_until("succeeded"));

  first.signal(SIGINT);
  const ProgramResult interrupted = first.finish();

  EXPECT_EQ(interrupted.exit_code, 130);
  EXPECT_THAT(interrupted.errors, testing::HasSubstr("tarama run " + file));
  EXPECT_EQ(value("SELECT leased + running FROM account"), 0);
  EXPECT_EQ(tarama({"run", file}, slow).exit_code, 0);
  expect_complete_steps(12);
}

TEST_F(Crash, ARunOverItsTimeLimitFailsAsThatAndIsNotRetried) {
  const std::string script = write("script.json", R"({"step_time": "20ms", "faults":
      [{"when": {"lr": 1e-3, "warmup": 0}, "step": 8, "do": "hang"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep("time_limit: 1s\n"), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  EXPECT_EQ(result.exit_code, 5) << result.errors;
  EXPECT_EQ(query("SELECT failure_class, attempts FROM results WHERE state = 'failed'"),
            nlohmann::json::parse(R"([{"failure_class": "time_limit", "attempts": 1}])"));
}

}  // namespace
}  // namespace tarama::test
