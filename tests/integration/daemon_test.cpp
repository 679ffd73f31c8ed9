// An orchestrator that serves: submit, look, pause, resume, cancel, stop, as separate commands.
#include "tests/support/places.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Daemon : public SweepFixture {
 protected:
  /// Starts `tarama serve` and returns once it answers.
  std::unique_ptr<Program> serve(const Environment& environment = {}) {
    auto program = std::make_unique<Program>(command({"serve"}), with_defaults(environment));
    EXPECT_TRUE(program->read_until("serving")) << program->finish().errors;
    return program;
  }

  nlohmann::json sweep_status() { return tarama({"status", "1", "--json"}).json()["sweeps"][0]; }

  /// Asks for the status until `is_there` says so; each question takes some milliseconds.
  template <class Predicate>
  nlohmann::json wait_until(Predicate is_there) {
    constexpr int questions = 20'000;  // minutes: only a defect gets there
    for (int i = 0; i < questions; ++i) {
      nlohmann::json status = tarama({"status", "--json"}).json();
      if (is_there(status)) {
        return status;
      }
    }
    ADD_FAILURE() << "it never came to that";
    return {};
  }

  static bool is_training(const nlohmann::json& status) {
    return !status["sweeps"].empty() && status["sweeps"][0]["running"] > 0;
  }
};

TEST_F(Daemon, ASubmittedSweepIsTrainedAndWaitedFor) {
  const auto daemon = serve();

  const ProgramResult submitted = tarama({"submit", small_sweep()});
  const ProgramResult waited = tarama({"wait", "1", "--json"});

  EXPECT_EQ(submitted.output, "1\n") << submitted.errors;
  EXPECT_EQ(waited.exit_code, 0) << waited.errors;
  EXPECT_EQ(waited.json()["succeeded"], 4);
  EXPECT_EQ(tarama({"stop"}).exit_code, 0);
  EXPECT_EQ(daemon->finish().exit_code, 0);
}

TEST_F(Daemon, APriorityIsSetWithAndWithoutAnOrchestratorAndOutlivesIt) {
  const auto priority = [&] { return sweep_status()["priority"]; };
  {
    const auto daemon = serve();
    ASSERT_EQ(tarama({"submit", small_sweep("priority: 2\n")}).exit_code, 0);
    EXPECT_EQ(priority(), 2);
    EXPECT_EQ(tarama({"priority", "small", "10"}).output, "sweep 1 has priority 10\n");
    EXPECT_EQ(priority(), 10);
    daemon->signal(SIGKILL);
    static_cast<void>(daemon->finish());
  }
  EXPECT_EQ(priority(), 10);

  EXPECT_EQ(tarama({"priority", "small", "-3"}).exit_code, 0);

  EXPECT_EQ(priority(), -3);
  EXPECT_EQ(tarama({"priority", "small", "2000"}).exit_code, 2);
  EXPECT_EQ(priority(), -3);
}

TEST_F(Daemon, StatusWithoutAnOrchestratorIsTheDatabasesAccountAndExitFour) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);

  const ProgramResult status = tarama({"status", "--json"});

  EXPECT_EQ(status.exit_code, 4);
  EXPECT_EQ(status.json()["orchestrator"], nullptr);
  EXPECT_EQ(status.json()["sweeps"][0]["succeeded"], 4);
}

TEST_F(Daemon, ASecondOrchestratorOfTheStoreIsRefused) {
  const auto daemon = serve();

  const ProgramResult second = tarama({"serve"});

  EXPECT_EQ(second.exit_code, 4);
  EXPECT_THAT(second.errors, HasSubstr(std::to_string(daemon->pid())));
}

TEST_F(Daemon, APausedSweepStandsStillUntilItIsResumed) {
  const std::string script = write("script.json", R"({"step_time": "20ms"})");
  const auto daemon = serve({{"TARAMA_FAKE_SCRIPT", script}});
  ASSERT_EQ(tarama({"submit", small_sweep("replicates: 4\n")}).exit_code, 0);
  wait_until(is_training);

  ASSERT_EQ(tarama({"pause", "1"}).exit_code, 0);
  const nlohmann::json still =
      wait_until([](const nlohmann::json& status) { return status["sweeps"][0]["running"] == 0; });

  EXPECT_EQ(still["sweeps"][0]["state"], "paused");
  EXPECT_GT(still["sweeps"][0]["pending"], 0);
  ASSERT_EQ(tarama({"resume", "1"}).exit_code, 0);
  EXPECT_EQ(tarama({"wait", "1", "--json"}).json()["succeeded"], 16);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 16 * 10);
}

TEST_F(Daemon, ACancelledSweepAccountsForEveryRun) {
  const std::string script = write("script.json", R"({"step_time": "20ms"})");
  const auto daemon = serve({{"TARAMA_FAKE_SCRIPT", script}});
  ASSERT_EQ(tarama({"submit", small_sweep("replicates: 4\n")}).exit_code, 0);
  wait_until(is_training);

  ASSERT_EQ(tarama({"cancel", "1"}).exit_code, 0);
  tarama({"wait", "1"});

  const nlohmann::json sweep = sweep_status();
  EXPECT_EQ(sweep["state"], "cancelled");
  EXPECT_EQ(sweep["succeeded"].get<int>() + sweep["cancelled"].get<int>(), 16);
  EXPECT_EQ(sweep["planned"], 16);
}

TEST_F(Daemon, AWorkerIsBoundToItsGpuByUuidAndTheStrangerIsNamed) {
  const std::string script = write("script.json", R"({"step_time": "1s"})");
  const auto daemon = serve({{"TARAMA_FAKE_SCRIPT", script},
                             {"TARAMA_NVML", stub_nvml()},
                             {"STUB_NVML_BUSY", "2"},
                             {"STUB_NVML_PID", "1"}});
  ASSERT_EQ(tarama({"submit", small_sweep("replicates: 4\n")}).exit_code, 0);

  const nlohmann::json status =
      wait_until([](const nlohmann::json& now) { return now["sweeps"][0]["running"] == 3; });

  EXPECT_EQ(status["devices"][1]["gpu"], nlohmann::json::parse(R"({"name": "Stub GPU",
      "memory_bytes": 17179869184, "used_bytes": 0, "busy_percent": 10, "celsius": 41,
      "watts": 70.4})"));
  EXPECT_THAT(tarama({"status"}).output, HasSubstr("Stub GPU"));
  wait_until([&](const nlohmann::json&) {
    return value("SELECT count(*) FROM device_readings WHERE watts > 70") == 3;
  });
  EXPECT_EQ(status["strangers"][0]["device"], "cuda:2");
  EXPECT_EQ(status["strangers"][0]["pid"], 1);
  for (const nlohmann::json& worker : status["workers"]) {
    std::ifstream stream(fmt::format("/proc/{}/environ", worker["pid"].get<int>()));
    const std::string environment((std::istreambuf_iterator<char>(stream)), {});
    const std::string index = worker["device"].get<std::string>().substr(5);
    EXPECT_THAT(environment, HasSubstr("CUDA_VISIBLE_DEVICES=GPU-stub-" + index));
    EXPECT_THAT(environment, HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID"));
  }
  EXPECT_EQ(tarama({"cancel", "1"}).exit_code, 0);
}

TEST_F(Daemon, WhatChangesNothingIsRefusedAndNotReportedAsDone) {
  const auto daemon = serve();
  ASSERT_EQ(tarama({"submit", small_sweep()}).exit_code, 0);
  ASSERT_EQ(tarama({"wait", "1"}).exit_code, 0);

  const ProgramResult retried = tarama({"retry", "1", "--run", "1"});

  EXPECT_EQ(retried.exit_code, 4);
  EXPECT_THAT(retried.errors, HasSubstr("run 1 is succeeded"));
}

TEST_F(Daemon, TheStoreIsFreeOnceStopHasReturned) {
  for (int i = 0; i < 5; ++i) {
    const auto daemon = serve();
    ASSERT_EQ(tarama({"stop"}).exit_code, 0);
  }
}

TEST_F(Daemon, WaitGivesUpAtItsTimeout) {
  const std::string script = write("script.json", R"({"step_time": "1s"})");
  const auto daemon = serve({{"TARAMA_FAKE_SCRIPT", script}});
  ASSERT_EQ(tarama({"submit", small_sweep()}).exit_code, 0);

  EXPECT_EQ(tarama({"wait", "1", "--timeout", "100ms"}).exit_code, 6);
  EXPECT_EQ(tarama({"cancel", "1"}).exit_code, 0);
}

}  // namespace
}  // namespace tarama::test
