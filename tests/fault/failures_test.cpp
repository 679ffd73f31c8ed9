// What failures of each kind come to, from outside: sick devices, time limits, and the time that
// was trained before a process died.
#include "tests/support/places.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Failures : public SweepFixture {
 protected:
  Environment script(const std::string& json) {
    return {{"TARAMA_FAKE_SCRIPT", write("script.json", json)}};
  }

  /// On four GPUs.
  Environment with_gpus(Environment environment) {
    environment.emplace_back("TARAMA_NVML", stub_nvml());
    return environment;
  }
};

TEST_F(Failures, ASickGpuIsGivenUpAndItsRunsGoElsewhere) {
  const Environment sick = with_gpus(script(R"({"step_time": "5ms", "faults": [
      {"when": {"device": "cuda:1"}, "step": 2, "do": "device_error"}]})"));

  const ProgramResult result = tarama({"run", small_sweep("replicates: 9\n"), "--json"}, sick);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 36);
  const nlohmann::json quarantines = query("SELECT device, reason FROM quarantines");
  ASSERT_EQ(quarantines.size(), 1U);
  EXPECT_EQ(quarantines[0]["device"], "cuda:1");
  EXPECT_THAT(quarantines[0]["reason"].get<std::string>(),
              HasSubstr("3 runs in a row failed on it, the last as device_error"));
  EXPECT_EQ(value("SELECT failed FROM devices WHERE device = 'cuda:1'"), 3);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 36 * 10);
}

TEST_F(Failures, ASweepWhoseDevicesAreAllSickPausesWithTheReason) {
  const std::string file = small_sweep("replicates: 2\n");
  Program running(command({"run", file}),
                  with_defaults(script(R"({"faults": [{"step": 2, "do": "device_error"}]})")));
  nlohmann::json sweep;
  while (sweep.is_null() || sweep["state"] != "paused") {
    const ProgramResult status = tarama({"status", "--json"});
    const bool is_there = status.exit_code == 0 && !status.json()["sweeps"].empty();
    sweep = is_there ? status.json()["sweeps"][0] : nlohmann::json();
  }

  const nlohmann::json waiting = sweep["waiting"][0];
  EXPECT_THAT(waiting["reason"].get<std::string>(), HasSubstr("cpu (3 runs in a row failed on it"));
  EXPECT_THAT(waiting["reason"].get<std::string>(), HasSubstr("tarama resume 1"));
  EXPECT_TRUE(waiting["until"].is_string());
  EXPECT_THAT(tarama({"status"}).output, HasSubstr("cpu is in quarantine since "));
  EXPECT_EQ(sweep["failed"], 0);
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().exit_code, 130);
}

TEST_F(Failures, ATimeLimitIsHeldInTheMidstOfASecond) {
  const ProgramResult result = tarama({"run", small_sweep("time_limit: 500ms\n"), "--json"},
                                      script(R"({"step_time": "81ms"})"));

  EXPECT_EQ(result.exit_code, 5) << result.errors;
  EXPECT_EQ(result.json()["failures"][0]["class"], "time_limit");
  EXPECT_EQ(result.json()["failed"], 4);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE train_seconds >= 0.5"), 4);
}

TEST_F(Failures, WhatADeadProcessHadTrainedIsCounted) {
  const ProgramResult result =
      tarama({"run", small_sweep(), "--json"}, script(R"({"step_time": "60ms",
      "faults": [{"when": {"lr": 1e-3}, "attempt": 1, "step": 8, "do": "crash"}]})"));

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  // Eight steps, of which the last batch may have died with the process, and what came after.
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE train_seconds < 0.6"), 0);
}

TEST_F(Failures, RunsOfAProcessWhoseDeviceFailedGoOnInTheNextOne) {
  const Environment failing = with_gpus(script(R"({"step_time": "5ms", "faults": [
      {"when": {"lr": 3e-3, "warmup": 0}, "attempt": 1, "step": 4, "do": "device_error"}]})"));
  const std::string file = small_sweep(
      "replicates: 2\n"
      "resources: {devices: [\"cuda:0\"], runs_per_device: 4}\n");

  const ProgramResult result = tarama({"run", file, "--json"}, failing);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 8);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 8 * 10);
  EXPECT_GE(value("SELECT count(DISTINCT session) FROM attempt"), 2);
  EXPECT_EQ(value("SELECT count(*) FROM quarantines"), 0);
}

}  // namespace
}  // namespace tarama::test
