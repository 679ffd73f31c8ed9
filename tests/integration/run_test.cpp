// `tarama run` from a file to the answer, with the scripted worker: what is planned is what is
// done, exactly, and done once.
#include "tests/support/places.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Run : public SweepFixture {};

TEST_F(Run, EveryPlannedRunEndsWithAllItsRows) {
  const ProgramResult result = tarama({"run", small_sweep("replicates: 2\n"), "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const nlohmann::json document = result.json();
  EXPECT_EQ(document["planned"], 8);
  EXPECT_EQ(document["succeeded"], 8);
  EXPECT_EQ(document["failed"], 0);
  EXPECT_EQ(document["best"]["replicates"], 2);
  EXPECT_EQ(document["best"]["steps_per_run"], 10);
  EXPECT_EQ(document["best"]["runs"].size(), 2U);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 8 * 10);
  EXPECT_EQ(value("SELECT count(*) FROM evals"), 8 * 2);
  EXPECT_EQ(
      query("SELECT planned, succeeded, pending, leased, running, failed, cancelled FROM account"),
      nlohmann::json::parse(R"([{"planned":8,"succeeded":8,"pending":0,"leased":0,"running":0,
                                       "failed":0,"cancelled":0}])"));
}

TEST_F(Run, SaysItsProgressInAsciiWhereTheLocaleIs) {
  const ProgramResult result = tarama({"run", small_sweep()}, {{"LC_ALL", "C"}});

  EXPECT_THAT(result.errors, HasSubstr("lr 0.001 . warmup 0 . epochs 2"));
  EXPECT_THAT(result.errors + result.output, testing::Not(testing::Contains(testing::Lt('\0'))));
}

TEST_F(Run, TheSameFileAgainDoesNothingTwice) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult again = tarama({"run", file, "--json"});

  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(again.json()["sweep"], 1);
  EXPECT_EQ(value("SELECT count(*) FROM results"), 4);
  EXPECT_EQ(value("SELECT max(attempts) FROM results"), 1);
}

TEST_F(Run, TheSameFileWithOtherLimitsKeepsItsParametersInTheStore) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);
  const nlohmann::json before = query("SELECT spec ->> '$.parameters' AS it FROM sweep");

  ASSERT_EQ(tarama({"run", small_sweep("max_restarts: 7\n")}).exit_code, 0);

  EXPECT_EQ(query("SELECT spec ->> '$.parameters' AS it FROM sweep"), before);
  EXPECT_NE(before[0]["it"], "[]");
  EXPECT_EQ(value("SELECT spec ->> '$.max_restarts' FROM sweep"), 7);
}

// Runs refer to their level by number: the order of a list must not give them another's rate.
TEST_F(Run, TheSameGridInAnotherOrderKeepsEachRunsParameters) {
  const std::string script = write("script.json", R"({"faults":
      [{"when": {"lr": 3e-3}, "attempt": 1, "step": 3, "do": "nan"}]})");
  const std::string rest = "  warmup: {value: 0}\n  epochs: {value: 2}\n";
  const std::string batches = "training: {batch_size: 8}\n";
  ASSERT_EQ(tarama({"run", sweep_file("  lr: {values: [1e-3, 3e-3]}\n" + rest, batches)},
                   {{"TARAMA_FAKE_SCRIPT", script}})
                .exit_code,
            0);

  const std::string reordered = sweep_file("  lr: {values: [3e-3, 1e-3]}\n" + rest, batches);
  tarama({"run", reordered});
  Program daemon(command({"serve"}), with_defaults({}));
  ASSERT_TRUE(daemon.read_until("serving"));
  ASSERT_EQ(tarama({"retry", "1"}).exit_code, 0);
  ASSERT_EQ(tarama({"wait", "1"}).exit_code, 0);

  EXPECT_EQ(value("SELECT count(*) FROM account"), 1);
  EXPECT_EQ(value("SELECT count(*) FROM steps JOIN results USING (run_id) "
                  "WHERE steps.lr > results.lr OR steps.step = 0 AND steps.lr <> results.lr"),
            0);
}

// A log can be larger than the memory: it is read in parts, and no character is lost between two.
TEST_F(Run, ALongLogIsPrintedWholeWithItsLastHalfCharacter) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);
  std::string text = "x";
  for (int count = 0; count < 100'000; ++count) {
    text += "\xE2\x82\xAC\r\n";  // three bytes, and two of which one is shown
  }
  const std::filesystem::path log = std::filesystem::path(store()) / "runs" / "1" / "attempt-1.log";
  std::ofstream(log, std::ios::binary) << text << "\xE2\x82";

  const ProgramResult shown = tarama({"logs", "1"});
  const ProgramResult raw = tarama({"logs", "1", "--raw"});

  std::erase(text, '\r');
  EXPECT_TRUE(shown.output == text + "\\xe2\\x82") << shown.output.size();
  EXPECT_EQ(raw.output.size(), text.size() + 100'000 + 2);
}

TEST_F(Run, AnotherMetricForTheSameRunsIsRefusedAndChangesNothing) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult other = tarama({"run", file, "--set", "metric.name=eval.mcc"});

  EXPECT_EQ(other.exit_code, 4);
  EXPECT_THAT(other.errors, HasSubstr("another metric"));
  EXPECT_EQ(tarama({"run", file}).exit_code, 0);
}

TEST_F(Run, ABackgroundChildOfOnEndHoldsNobodyUp) {
  const std::string file = small_sweep("on_end: 'sleep 600 & echo $! > child'\n");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder());

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);
  EXPECT_EQ(tarama({"status"}).exit_code, 4) << "the child must not hold the store's socket";

  std::filesystem::current_path(before);
  pid_t child = 0;
  std::ifstream(folder() / "child") >> child;
  ASSERT_GT(child, 0);
  kill(child, SIGKILL);
}

TEST_F(Run, WhatWasDoneIsListedRankedAndShown) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);

  EXPECT_EQ(tarama({"list", "--json"}).json()["sweeps"][0]["succeeded"], 4);
  EXPECT_EQ(tarama({"levels", "small", "--json"}).json()["levels"].size(), 4U);
  const nlohmann::json run = tarama({"show", "2", "--json"}).json();
  EXPECT_EQ(run["steps"], 10);
  EXPECT_EQ(run["evals"].size(), 2U);
  EXPECT_EQ(run["driver"], nullptr);
  EXPECT_EQ(tarama({"show", "5"}).exit_code, 3);
}

TEST_F(Run, WhatIsToBeSaidOfNumbersStandsInTheResults) {
  const std::string script =
      write("script.json", R"({"note": "8 examples are computed at a time"})");

  ASSERT_EQ(tarama({"run", small_sweep()}, {{"TARAMA_FAKE_SCRIPT", script}}).exit_code, 0);

  EXPECT_EQ(value("SELECT count(*) FROM results WHERE note = '8 examples are computed at a time'"),
            4);
  EXPECT_THAT(tarama({"show", "1"}).output, HasSubstr("8 examples are computed at a time"));
}

TEST_F(Run, TheNewestSweepAndItsBestRunAreMeantWhereNothingIsNamed) {
  const std::string script = write("script.json", R"({"noise": 0.001, "default_mean": 0.5,
      "scores": [{"when": {"lr": 3e-3, "warmup": 0.1}, "mean": 0.9}]})");
  const std::string file = small_sweep();
  const Environment scripted = {{"TARAMA_FAKE_SCRIPT", script}};
  ASSERT_EQ(tarama({"run", file}, scripted).exit_code, 0);
  ASSERT_EQ(tarama({"run", file, "--again", "--set", "name=smaller"}, scripted).exit_code, 0);

  const nlohmann::json best = tarama({"show", "--json"}).json();

  EXPECT_EQ(best["sweep_name"], "smaller");
  EXPECT_EQ(best["params"]["lr"], 3e-3);
  EXPECT_EQ(best["params"]["warmup"], 0.1);
  for (const char* word : {"last", "last/best", "smalle/best", "2/best", "smaller"}) {
    EXPECT_EQ(tarama({"show", word, "--json"}).json()["run"], best["run"]) << word;
  }
  for (const char* command : {"levels", "wait", "watch", "effects"}) {
    EXPECT_EQ(tarama({command, "--json"}).json()["name"], "smaller") << command;
  }
  EXPECT_EQ(tarama({"show", "small/best", "--json"}).json()["sweep"], 1);
}

TEST_F(Run, AWordThatFitsTwoSweepsNamesBothAndDoesNothing) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file, "--set", "name=cola-a"}).exit_code, 0);
  ASSERT_EQ(tarama({"run", file, "--again", "--set", "name=cola-b"}).exit_code, 0);

  for (const char* command : {"levels", "wait", "show", "logs", "cancel", "retry", "export"}) {
    const ProgramResult result =
        tarama(std::string(command) == "export"
                   ? std::vector<std::string>{command, "cola", "--format", "csv", "-o", "-"}
                   : std::vector<std::string>{command, "cola"});
    EXPECT_EQ(result.exit_code, 2) << command;
    EXPECT_THAT(result.errors, HasSubstr("fits 2 sweeps: 1 ('cola-a'")) << command;
    EXPECT_THAT(result.errors, HasSubstr("2 ('cola-b'")) << command;
    EXPECT_EQ(result.output, "") << command;
  }
}

TEST_F(Run, AScriptedBestLevelIsFound) {
  const std::string script = write("script.json", R"({"noise": 0.001, "default_mean": 0.5,
      "scores": [{"when": {"lr": 3e-3, "warmup": 0.1}, "mean": 0.9}]})");

  const ProgramResult result =
      tarama({"run", small_sweep("replicates: 3\n"), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const nlohmann::json best = result.json()["best"];
  EXPECT_EQ(best["params"]["lr"], 3e-3);
  EXPECT_EQ(best["params"]["warmup"], 0.1);
  EXPECT_NEAR(best["mean"], 0.9, 0.01);
}

TEST_F(Run, ADivergedRunIsAFindingThatIsSaidAndSpoilsNoExitCode) {
  const std::string script = write("script.json", R"({"faults":
      [{"when": {"lr": 3e-3, "warmup": 0}, "step": 3, "do": "nan"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep(), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["failed"], 1);
  EXPECT_EQ(result.json()["failures"][0]["class"], "diverged");
  EXPECT_EQ(result.json()["failures"][0]["runs"], 1);
  EXPECT_THAT(tarama({"wait", "small"}).output,
              HasSubstr("1 run diverged: a finding about its level, not a fault"));
  EXPECT_EQ(value("SELECT failure_class FROM results WHERE state = 'failed'"), "diverged");
  EXPECT_EQ(value("SELECT attempts FROM results WHERE state = 'failed'"), 1);
  EXPECT_EQ(value("SELECT count(*) FROM steps JOIN results USING (run_id) WHERE state = 'failed'"),
            4);
}

TEST_F(Run, AFailedRunGivesExitCodeFiveAndItsReasonStandsUnderTheResult) {
  const std::string script = write("script.json", R"({"faults":
      [{"when": {"lr": 3e-3, "warmup": 0}, "step": 3, "do": "exit"},
       {"when": {"lr": 1e-3, "warmup": 0}, "step": 3, "do": "nan"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep("max_restarts: 0\n"), "--json"}, {{"TARAMA_FAKE_SCRIPT", script}});

  EXPECT_EQ(result.exit_code, 5) << result.errors;
  const nlohmann::json failures = result.json()["failures"];
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0]["class"], "exited") << "findings come last";
  EXPECT_EQ(failures[0]["message"], "the worker process ended with code 3");
  EXPECT_THAT(failures[0]["log_tail"].get<std::string>(), HasSubstr("starts at step 0"));
  const ProgramResult text = tarama({"wait", "small"});
  EXPECT_EQ(text.exit_code, 5);
  EXPECT_THAT(text.output, HasSubstr("1 run failed: exited"));
  EXPECT_THAT(text.output, HasSubstr("the worker process ended with code 3"));
}

TEST_F(Run, AProcessWhoseDeviceFailedEndsAndLaterRunsSucceedInAFreshOne) {
  const std::string script = write("script.json", R"({"faults":
      [{"when": {"lr": 1e-3, "warmup": 0}, "attempt": 1, "step": 3, "do": "device_error"}]})");

  const ProgramResult result =
      tarama({"run", small_sweep("resources: {runs_per_device: 1}\n"), "--json"},
             {{"TARAMA_FAKE_SCRIPT", script}});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 4);
  const nlohmann::json history = tarama({"show", "1", "--json"}).json()["history"];
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0]["outcome"], "device_error");
  EXPECT_EQ(history[0]["message"], "the script let the device fail at step 3");
}

TEST_F(Run, ALearnerThatCannotTrainTheSweepIsRefusedAtItsKey) {
  const std::string file =
      sweep_file("  lr: {value: 1e-3}\n  warmup: {value: 0}\n  epochs: {value: 2}\n",
                 "training: {precision: bf16, learner: packed}\n");

  const ProgramResult planned = tarama({"plan", file});

  EXPECT_EQ(planned.exit_code, 2);
  EXPECT_THAT(planned.errors, HasSubstr("take learner: torch for precision: bf16"));
  EXPECT_EQ(tarama({"run", file}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(Run, OnEndIsToldHowTheSweepEnded) {
  const std::string told = folder() / "told";
  const std::string file = small_sweep(
      fmt::format("on_end: 'echo $TARAMA_EVENT $TARAMA_NAME $TARAMA_SUCCEEDED > {}'\n", told));

  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  std::ifstream stream(told);
  std::string line;
  std::getline(stream, line);
  EXPECT_EQ(line, "ended small 4");
}

TEST_F(Run, AWorkerProgramThatDoesNotStartIsSaidAndNotWaitedFor) {
  const ProgramResult result = tarama({"run", small_sweep(), "--worker", "/bin/false"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("/bin/false"));
}

TEST_F(Run, AWorkerThatBreaksAtItsStartIsGivenUpWithWhatItPrinted) {
  const std::filesystem::path broken = write("broken-worker", R"(#!/bin/sh
if [ "$1" = --probe ]; then echo '{"trainer": "fake", "cuda": false}'; exit 0; fi
echo the library is missing; exit 3
)");
  std::filesystem::permissions(broken, std::filesystem::perms::owner_all);

  const ProgramResult result = tarama({"run", small_sweep(), "--worker", broken});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("the library is missing"));
  EXPECT_EQ(value("SELECT pending FROM account"), 4);
}

TEST_F(Run, AWrongFileLeavesNothingBehind) {
  const ProgramResult result = tarama({"run", write("wrong.yaml", "name: x\nnmae: y\n")});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("wrong.yaml:2:1: "));
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(Run, DataWithOneClassIsRefusedAtTheKeyThatNamesIt) {
  write("train.tsv", "a\tone\na\ttwo\n");

  const ProgramResult result = tarama({"run", small_sweep()});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("sweep.yaml:6:"));
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(Run, FourGpusOfWhichOneIsTakenTrainOnThree) {
  const Environment gpus = {
      {"TARAMA_NVML", stub_nvml()}, {"STUB_NVML_BUSY", "2"}, {"STUB_NVML_PID", "1"}};
  const std::string script = write("script.json", R"({"step_time": "5ms"})");
  Environment environment = gpus;
  environment.emplace_back("TARAMA_FAKE_SCRIPT", script);
  const std::string file = small_sweep("replicates: 6\n");
  const ProgramResult plan =
      tarama({"plan", file, "--set", "training.learner=packed", "--json"}, environment);
  EXPECT_THAT(plan.json()["estimate"]["basis"].get<std::string>(),
              HasSubstr("with 3 runs at once on GPUs"));

  ASSERT_EQ(tarama({"run", file, "--set", "training.learner=packed"}, environment).exit_code, 0);

  EXPECT_EQ(
      query("SELECT DISTINCT device FROM results ORDER BY device"),
      nlohmann::json::parse(R"([{"device":"cuda:0"},{"device":"cuda:1"},{"device":"cuda:3"}])"));
}

TEST_F(Run, RunsOfOneGpuShareOneProcess) {
  const Environment environment = {
      {"TARAMA_NVML", stub_nvml()},
      {"TARAMA_FAKE_SCRIPT", write("script.json", R"({"step_time": "5ms"})")}};
  const std::string file = small_sweep(
      "replicates: 3\n"
      "resources: {devices: [\"cuda:1\"], runs_per_device: 3}\n");

  const ProgramResult result = tarama({"run", file, "--json"}, environment);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 12);
  EXPECT_EQ(value("SELECT count(DISTINCT session) FROM attempt"), 1);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 12 * 10);
}

}  // namespace
}  // namespace tarama::test
