// Programs as trainers: shell scripts, run by the scripted worker's agent as by any other's.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class ProgramSweep : public SweepFixture {
 protected:
  /// A sweep of `train.sh`, which holds `script`, over x in 1, 2, 3. `more` is YAML.
  std::string sweep_of(const std::string& script,
                       const std::string& more = "",
                       const std::string& trainer = "",
                       const std::string& parameters = "x: {values: [1, 2, 3]}") {
    write("train.sh", "#!/bin/sh\n" + script);
    fs::permissions(folder() / "train.sh", fs::perms::owner_all);
    return write("sweep.yaml",
                 fmt::format("name: script\n"
                             "trainer:\n"
                             "  command: [./train.sh, \"{{x}}\", \"{{seed}}\"]\n"
                             "{}"
                             "parameters: {{{}}}\n"
                             "metric: {{name: score, goal: maximize}}\n"
                             "{}",
                             trainer,
                             parameters,
                             more));
  }

  /// One run of x 1.
  std::string run_of(const std::string& script,
                     const std::string& more = "",
                     const std::string& trainer = "") {
    return sweep_of(script, more, trainer, "x: {value: 1}");
  }

  void until(const std::string& sql) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    for (;;) {
      const ProgramResult result = tarama({"query", sql, "--format", "json"});
      if (result.exit_code == 0 && result.json().at(0).begin().value() == 1) {
        return;
      }
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << sql;
    }
  }

  /// Processes that have this test's folder in their environment as a run's: all that programs of
  /// it have started.
  [[nodiscard]] std::vector<int> processes() const {
    std::vector<int> pids;
    std::error_code ignored;  // processes come and go meanwhile
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
      std::ifstream file(process.path() / "environ");
      std::ostringstream text;
      text << file.rdbuf();
      if (text.str().find("TARAMA_RUN_DIR=" + store()) != std::string::npos) {
        pids.push_back(std::atoi(process.path().filename().c_str()));
      }
    }
    return pids;
  }

  [[nodiscard]] std::string log_of(int run, int attempt = 1) const {
    std::ifstream file(fs::path(store()) / fmt::format("runs/{}/attempt-{}.log", run, attempt));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  /// Of the only failed run.
  json failure() {
    return query("SELECT failure_class, attempts FROM results WHERE state = 'failed'").at(0);
  }
};

TEST_F(ProgramSweep, RunsAScriptForEachPointAndRanksByWhatItReports) {
  const std::string file = sweep_of(
      "echo starting\n"
      "echo \"{\\\"step\\\": 0, \\\"score\\\": 0.$1, \\\"loss\\\": 2}\"\n"
      "echo \"{\\\"step\\\": 1, \\\"score\\\": 1.$1, \\\"loss\\\": 1}\"\n",
      "replicates: 2\n");

  const ProgramResult result = tarama({"run", file, "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 6);
  EXPECT_EQ(result.json()["best"]["params"], json::parse(R"({"x": 3})"));
  EXPECT_EQ(query("SELECT params, metric FROM results GROUP BY params, metric"),
            json::parse(R"([{"params": "{\"x\":1}", "metric": 1.1},
                            {"params": "{\"x\":2}", "metric": 1.2},
                            {"params": "{\"x\":3}", "metric": 1.3}])"));
  EXPECT_EQ(query("SELECT step, name, value FROM metrics WHERE run_id = 1 ORDER BY step, name"),
            json::parse(R"([{"step": 0, "name": "loss", "value": 2},
                            {"step": 0, "name": "score", "value": 0.1},
                            {"step": 1, "name": "loss", "value": 1},
                            {"step": 1, "name": "score", "value": 1.1}])"));
  EXPECT_THAT(log_of(1), HasSubstr("\nstarting\n"));
  const ProgramResult levels = tarama({"levels", "1", "--json"});
  EXPECT_EQ(levels.json()["levels"][0]["params"]["x"], 3) << levels.output;
  EXPECT_EQ(levels.json()["metric"], "score");
}

TEST_F(ProgramSweep, AnArgumentStaysOneWhateverItHolds) {
  write("sweep.yaml",
        "name: words\n"
        "trainer: {command: [./train.sh, \"a={word}\", \"{{x}}\", \"$HOME `id` *\", 1e-5, "
        "\"{lr}\"]}\n"
        "parameters:\n"
        "  word: {value: \"it's \\\"two words\\\"; $(id)\"}\n"
        "  lr: {value: 0.00001}\n"
        "metric: {name: m, goal: minimize}\n");
  write("train.sh",
        "#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done\necho \"<$TARAMA_PARAMS>\"\n"
        "echo '{\"m\": 1}'\n");
  fs::permissions(folder() / "train.sh", fs::perms::owner_all);

  const ProgramResult result = tarama({"run", folder() / "sweep.yaml"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(log_of(1),
              HasSubstr("<a=it's \"two words\"; $(id)>\n<{x}>\n<$HOME `id` *>\n<1e-5>\n<1e-05>\n"
                        "<{\"word\":\"it's \\\"two words\\\"; $(id)\",\"lr\":1e-05}>\n"));
}

TEST_F(ProgramSweep, AnExitCodeIsAFailureOfTheProgramAndNotTriedAgain) {
  const std::string file = run_of("echo 'ValueError: no such layer' >&2\nexit 3\n");

  const ProgramResult result = tarama({"run", file});

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(failure(), json::parse(R"({"failure_class": "program_error", "attempts": 1})"));
  EXPECT_THAT(result.output,
              HasSubstr("exit code 3; the last line of its log: 'ValueError: no such layer'"));
}

TEST_F(ProgramSweep, AScriptThatWasEditedIsRefusedBeforeAnythingIsQueued) {
  const std::string file = sweep_of("exit 3\n");
  ASSERT_EQ(tarama({"run", file, "--quiet"}).exit_code, 5);
  sweep_of("echo '{\"score\": 1}'\n");

  const ProgramResult retried = tarama({"retry", "1", "--failed"});
  const ProgramResult refined = tarama({"refine", "1", "--budget", "3"});

  EXPECT_NE(retried.exit_code, 0);
  EXPECT_THAT(retried.errors, HasSubstr("since sweep 1 'script' was submitted train.sh changed"));
  EXPECT_THAT(retried.errors, HasSubstr("--set name=NAME"));
  EXPECT_NE(refined.exit_code, 0);
  EXPECT_EQ(query("SELECT DISTINCT failure_class, attempts FROM results"),
            json::parse(R"([{"failure_class": "program_error", "attempts": 1}])"));

  sweep_of("exit 3\n");
  EXPECT_EQ(tarama({"retry", "1", "--failed", "--quiet"}).exit_code, 5) << "as it was";
}

TEST_F(ProgramSweep, ExitCode75AsksForAnotherAttemptInTheSameFolder) {
  const std::string file = run_of(
      "[ \"$TARAMA_RESUME\" = 0 ] && { echo kept > \"$TARAMA_RUN_DIR/state\"; exit 75; }\n"
      "[ \"$(cat \"$TARAMA_RUN_DIR/state\")\" = kept ] && echo '{\"score\": 1}'\n");

  const ProgramResult result = tarama({"run", file});

  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(value("SELECT attempts FROM results"), 2);
}

TEST_F(ProgramSweep, TextsInTheLogAndSignalsSayWhyItFailed) {
  const std::string file = sweep_of(
      "case $1 in\n"
      "1) echo 'the license server is away'; exit 1;;\n"
      "2) kill -SEGV $$;;\n"
      "3) echo '{\"score\": NaN}';;\n"
      "esac\n",
      "max_restarts: 0\n",
      "  on_log: [{pattern: license server, class: bad_data}]\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 5);

  EXPECT_EQ(query("SELECT failure_class FROM results ORDER BY run_id"),
            json::parse(R"([{"failure_class": "bad_data"}, {"failure_class": "crashed"},
                            {"failure_class": "diverged"}])"));
}

TEST_F(ProgramSweep, ASuccessWithoutItsMetricIsNone) {
  const std::string file = run_of("echo '{\"scoer\": 1}'\n");

  const ProgramResult result = tarama({"run", file});

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.output, HasSubstr("never reported 'score' (metric.name); it reported scoer"));
}

TEST_F(ProgramSweep, ACommandThatCannotRunIsRefusedWithWhatWasMeant) {
  const std::string file = run_of("true\n");
  const std::vector<std::pair<std::string, std::string>> said = {
      {"[train.sh]",
       "'train.sh' is not found in PATH; for the file beside this one write ./train.sh"},
      {"[\"sh train.sh\"]", "no shell splits it"},
      {"[FOO=1, ./train.sh]", "to set a variable begin with [env, NAME=VALUE"},
      {"[\"$HOME/train.sh\"]", "variables of the environment are ${NAME}"},
      {"[sh, nothere.sh]", "nothere.sh for sh to run"},
  };
  for (const auto& [command, words] : said) {
    const ProgramResult plan = tarama({"plan", file, "--set", "trainer.command=" + command});

    EXPECT_EQ(plan.exit_code, 2) << command;
    EXPECT_THAT(plan.errors, HasSubstr(words));
  }
}

TEST_F(ProgramSweep, ALineThatWasMeantAsAReportIsShownWhereNoneCame) {
  static_cast<void>(tarama({"run", run_of("echo \"{'score': 0.5}\"\n")}));

  EXPECT_THAT(tarama({"show", "1"}).output, HasSubstr("nothing else: {'score': 0.5}"));
}

TEST_F(ProgramSweep, WhatSaysNothingForTooLongIsHungAndEndedWithAllThatItStarted) {
  const std::string file =
      run_of("trap '' TERM\nsleep 1000 & sleep 1000\n", "max_restarts: 0\n", "  silence: 300ms\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 5);

  EXPECT_EQ(failure()["failure_class"], "hung");
  EXPECT_THAT(processes(), testing::IsEmpty());
}

TEST_F(ProgramSweep, ACancelEndsAWholeTreeThatIgnoresSigterm) {
  const std::string file = run_of(
      "trap '' TERM\n"
      "setsid sh -c 'trap \"\" TERM; sleep 1000' &\n"
      "( ( trap '' TERM; sleep 1000 ) & ) \n"
      "echo '{\"step\": 0, \"score\": 1}'\n"
      "sleep 1000\n",
      "",
      "  grace: 200ms\n");
  Program run(command({"run", file}), with_defaults({}));
  until("SELECT count(*) = 1 FROM metrics");
  EXPECT_GE(processes().size(), 3U);

  ASSERT_EQ(tarama({"cancel", "1"}).exit_code, 0);

  EXPECT_EQ(run.finish().exit_code, 5);
  EXPECT_EQ(value("SELECT state FROM results"), "cancelled");
  EXPECT_THAT(processes(), testing::IsEmpty());
}

TEST_F(ProgramSweep, AKilledWorkerTakesItsProgramWithItAndTheRunGoesOnInItsFolder) {
  const std::string file = run_of(
      "[ \"$TARAMA_RESUME\" = 1 ] && { echo '{\"step\": 5, \"score\": 2}'; exit 0; }\n"
      "for step in 0 1 2 3 4 5 6 7; do echo \"{\\\"step\\\": $step, \\\"score\\\": 1}\"; done\n"
      "setsid sleep 1000 &\n"
      "sleep 1000\n");
  Program run(command({"run", file}), with_defaults({}));
  until("SELECT count(*) = 8 FROM metrics");
  const int worker = value("SELECT max(pid) FROM session").get<int>();

  ASSERT_EQ(kill(worker, SIGKILL), 0);

  EXPECT_EQ(run.finish().exit_code, 0);
  EXPECT_EQ(query("SELECT step, value FROM metrics WHERE step > 3 ORDER BY step"),
            json::parse(R"([{"step": 4, "value": 1}, {"step": 5, "value": 2}])"));
  EXPECT_EQ(value("SELECT metric FROM results"), 2);
  EXPECT_THAT(processes(), testing::IsEmpty());
}

// A worker dies between any two instructions; the program itself is the one that knows when it has
// just written something.
constexpr const char* kills_its_worker =
    "kill -9 $(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat)\nsleep 1000\n";

TEST_F(ProgramSweep, NoNumberThatWasPrintedIsLostWithAKilledWorker) {
  const std::string file =
      run_of(std::string(
                 "[ \"$TARAMA_RESUME\" = 1 ] && { echo '{\"step\": 100, \"score\": 2}'; exit 0; }\n"
                 "for step in $(seq 0 99); do echo \"{\\\"step\\\": $step, \\\"score\\\": 1}\"; "
                 "done\n") +
             kills_its_worker);

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(query("SELECT count(*) AS n, min(step) AS first, max(step) AS last FROM metrics"),
            json::parse(R"([{"n": 101, "first": 0, "last": 100}])"));
  EXPECT_EQ(value("SELECT metric FROM results"), 2);
  for (const char* const name : {"attempt-1.output", "attempt-1.mark", "attempt-2.output"}) {
    EXPECT_FALSE(fs::exists(fs::path(store()) / "runs/1" / name)) << name;
  }
}

TEST_F(ProgramSweep, NoNumberInAFileIsLostWithAKilledWorker) {
  const std::string file = run_of(
      std::string("[ \"$TARAMA_RESUME\" = 1 ] && { echo '{\"step\": 40, \"score\": 2}' >> "
                  "\"$TARAMA_METRICS\"; exit 0; }\n"
                  "for i in $(seq 0 99); do echo '{\"score\": 1}'; done > \"$TARAMA_METRICS\"\n") +
          kills_its_worker,
      "",
      "  metrics: file\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(query("SELECT count(*) AS n, max(step) AS last FROM metrics"),
            json::parse(R"([{"n": 41, "last": 40}])"))
      << "from its first step on the numbers of the next attempt take their place";
}

TEST_F(ProgramSweep, MoreMemoryThanAllowedEndsTheWholeTree) {
  const std::string file = run_of(
      "sleep 1000 &\n"
      "sh -c 'x=$(head -c 200000000 /dev/zero | tr \"\\0\" x); sleep 1000'\n",
      "max_restarts: 0\n",
      "  memory: 100M\n");

  const ProgramResult result = tarama({"run", file});

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(failure()["failure_class"], "out_of_memory");
  EXPECT_THAT(result.output, HasSubstr("trainer.memory allows 0.10 GiB"));
  EXPECT_THAT(processes(), testing::IsEmpty());
}

TEST_F(ProgramSweep, AProgramOutlivesItsOrchestratorAndIsTakenOver) {
  const std::string file = run_of(
      "echo '{\"step\": 0, \"score\": 1}'\n"
      "while [ ! -e \"$TARAMA_RUN_DIR/go\" ]; do sleep 0.05; done\n"
      "echo '{\"step\": 1, \"score\": 3}'\n");
  {
    Program first(command({"run", file}), with_defaults({}));
    until("SELECT count(*) = 1 FROM metrics");
    first.signal(SIGKILL);
    first.finish();
  }
  std::ofstream(fs::path(store()) / "runs/1/files/go") << "";

  const ProgramResult second = tarama({"run", file});

  EXPECT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(query("SELECT attempts, metric FROM results"),
            json::parse(R"([{"attempts": 1, "metric": 3}])"));
  EXPECT_EQ(value("SELECT count(*) FROM metrics"), 2);
}

TEST_F(ProgramSweep, AnInterruptLetsItSaveAndTheSameCommandGoesOn) {
  const std::string file = run_of(
      "trap 'echo saved > \"$TARAMA_RUN_DIR/state\"; exit 0' TERM\n"
      "[ -e \"$TARAMA_RUN_DIR/state\" ] && { echo '{\"step\": 1, \"score\": 2}'; exit 0; }\n"
      "echo '{\"step\": 0, \"score\": 1}'\n"
      "while true; do sleep 0.05; done\n");
  {
    Program run(command({"run", file}), with_defaults({}));
    until("SELECT count(*) = 1 FROM metrics");
    run.signal(SIGINT);
    run.finish();
  }
  EXPECT_EQ(value("SELECT pending FROM account"), 1);

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(query("SELECT attempts, metric FROM results"),
            json::parse(R"([{"attempts": 2, "metric": 2}])"));
  EXPECT_EQ(value("SELECT count(*) FROM metrics"), 2);
}

TEST_F(ProgramSweep, AnyOutputIsBoundedAndAHalfLineIsALine) {
  const std::string file = run_of(
      "head -c 60000000 /dev/zero | tr '\\0' 'x'\n"
      "echo\n"
      "yes 'a line of no interest' | head -c 60000000\n"
      "printf '\\377\\376 no text\\n{\"step\": 1, \"loss\": \\n{\"score\": 0.5, \"a\": {\"b\": "
      "2}}'\n");

  const ProgramResult result = tarama({"run", file});

  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(query("SELECT name, value FROM metrics ORDER BY name"),
            json::parse(R"([{"name": "a.b", "value": 2}, {"name": "score", "value": 0.5}])"));
  EXPECT_LT(fs::file_size(fs::path(store()) / "runs/1/attempt-1.log"), 20'000'000U);
}

TEST_F(ProgramSweep, NamesThatAreLeftOutOfItsReportsItsLogNames) {
  const std::string file = run_of(
      "{ echo '{\"score\": 1}'; for i in $(seq 1 1200); do echo \"{\\\"n$i\\\": 1}\"; done; } > "
      "\"$TARAMA_METRICS\"\n",
      "",
      "  metrics: file\n");

  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_THAT(log_of(1), HasSubstr("'n1000' and further names are left out"));
  EXPECT_EQ(value("SELECT count(DISTINCT name) FROM metrics"), 1000);
}

TEST_F(ProgramSweep, ALineThatIsTooLongToBeAReportIsNone) {
  const std::string file = run_of(
      "printf '{\"score\": 9, \"data\": \"'; head -c 3000000 /dev/zero | tr '\\0' 'x'; echo '\"}'\n"
      "echo '{\"score\": 1}'\n");

  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_THAT(log_of(1), HasSubstr("longer than 1048576 bytes, and no report"));
  EXPECT_EQ(value("SELECT metric FROM results"), 1);
}

TEST_F(ProgramSweep, AScriptThatWasEditedIsAnotherOne) {
  const std::string script = "echo '{\"score\": 1}'\n";
  const std::string with_inputs = "  inputs: train.sh\n";
  ASSERT_EQ(tarama({"run", run_of(script, "", with_inputs)}).exit_code, 0);
  ASSERT_EQ(tarama({"run", run_of(script, "description: other\n", with_inputs), "--set", "name=b"})
                .exit_code,
            0);
  ASSERT_EQ(
      tarama({"run", run_of(script + "# edited\n", "", with_inputs), "--set", "name=c"}).exit_code,
      0);

  EXPECT_EQ(query("SELECT sweep_id, taken_from FROM results ORDER BY sweep_id"),
            json::parse(R"([{"sweep_id": 1, "taken_from": null},
                            {"sweep_id": 2, "taken_from": 1},
                            {"sweep_id": 3, "taken_from": null}])"));
}

TEST_F(ProgramSweep, MetricsMayComeByAFile) {
  const std::string file = run_of(
      "echo '{\"score\": 9}'\n"
      "echo '{\"step\": 1, \"score\": 4}' >> \"$TARAMA_METRICS\"\n",
      "",
      "  metrics: file\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(value("SELECT metric FROM results"), 4);
  EXPECT_EQ(value("SELECT count(*) FROM metrics"), 1);
}

TEST_F(ProgramSweep, CommandsCountNoStepsThatWereNeverPlanned) {
  const std::string file = run_of(
      R"sh(for step in 0 1 2; do
printf '{"step": %d, "score": 0.%d, "a\\nb": NaN}\n' $step $step
done
)sh");
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult shown = tarama({"show", "1"});
  const json document = tarama({"show", "1", "--json"}).json();

  EXPECT_THAT(shown.output, HasSubstr("score 0.2000, reported up to step 2"));
  EXPECT_THAT(shown.output, HasSubstr("a b "));
  EXPECT_EQ(document["planned_steps"], nullptr);
  EXPECT_EQ(document["steps"], 3);
  EXPECT_EQ(document["metrics"],
            json::parse(R"([{"name": "a\nb", "reports": 3, "last_step": 2, "last": null,
                             "least": null, "greatest": null},
                            {"name": "score", "reports": 3, "last_step": 2, "last": 0.2,
                             "least": 0.0, "greatest": 0.2}])"));
  EXPECT_EQ(tarama({"levels", "1", "--json"}).json()["levels"][0]["steps_per_run"], nullptr);
  EXPECT_THAT(tarama({"levels", "1"}).output, testing::Not(HasSubstr("steps")));
  EXPECT_THAT(tarama({"show", "1", "--verify"}).errors, HasSubstr("trained by a program"));
  EXPECT_THAT(tarama({"errors", "1"}).errors, HasSubstr("trained by a program"));
}

TEST_F(ProgramSweep, ExportsHoldItsNumbersByTheirNames) {
  const std::string file = run_of(
      R"sh(printf '{"step": 0, "score": 0.5, "it'"'"'s <b>": 2}\n{"step": 3, "score": 0.75}\n'
)sh");
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  ASSERT_EQ(tarama({"export", "--format", "optuna", "-o", folder() / "study"}).exit_code, 0);
  ASSERT_EQ(tarama({"export", "--format", "tensorboard", "-o", folder() / "events"}).exit_code, 0);

  const auto text_in = [](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  };
  EXPECT_THAT(text_in(folder() / "study"), HasSubstr(R"("user_attr":{"metric":"score"})"));
  EXPECT_THAT(text_in(folder() / "study"),
              HasSubstr(R"("intermediate_values":{"0":0.5,"3":0.75})"));
  const auto events = fs::directory_iterator(folder() / "events/run-000001")->path();
  EXPECT_THAT(text_in(events), HasSubstr("score"));
  EXPECT_THAT(text_in(events), HasSubstr("it's <b>"));
}

TEST_F(ProgramSweep, AFullDiskIsNotTheProgramsFault) {
  const std::string file = run_of(
      "[ \"$TARAMA_RESUME\" = 1 ] && { echo '{\"score\": 1}'; exit 0; }\n"
      "echo 'OSError: [Errno 28] No space left on device' >&2\nexit 1\n",
      "max_restarts: 0\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(query("SELECT outcome FROM attempt ORDER BY attempt"),
            json::parse(R"([{"outcome": "disk_full"}, {"outcome": "succeeded"}])"));
}

TEST_F(ProgramSweep, ADaemonAZombieAndAClosedOutputEndWithTheirRun) {
  const std::string file = run_of(
      "setsid sh -c 'trap \"\" TERM HUP; ( setsid sleep 1000 & ) ; sleep 1000' &\n"
      "sh -c 'sleep 0.01 & exec sleep 0.2' &\n"  // its child ends, and nobody waits for it
      "sleep 0.1\n"
      "exec >&- 2>&-\n"
      "echo '{\"step\": 0, \"score\": 4}' >> \"$TARAMA_METRICS\"\n"
      "sleep 0.2\n"
      "exit 0\n",
      "",
      "  metrics: file\n");

  EXPECT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(value("SELECT metric FROM results"), 4);
  EXPECT_THAT(processes(), testing::IsEmpty());
}

}  // namespace
}  // namespace tarama::test
