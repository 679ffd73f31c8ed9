// Programs as trainers that fail by themselves, whom no device is blamed for and no sweep waits
// for; and what is left of programs whose worker and guard are killed at once.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ProgramFaults : public SweepFixture {
 protected:
  /// Nine runs of `train.sh`, which holds `script` and is given x from 1 to 9.
  std::string nine_runs_of(const std::string& script, const std::string& more = "") {
    write("train.sh", "#!/bin/bash\n" + script);
    fs::permissions(folder() / "train.sh", fs::perms::owner_all);
    return write("sweep.yaml",
                 "name: nine\n"
                 "trainer:\n"
                 "  command: [./train.sh, \"{x}\"]\n"
                 "parameters: {x: {values: [1, 2, 3, 4, 5, 6, 7, 8, 9]}}\n"
                 "metric: {name: acc, goal: maximize}\n" +
                     more);
  }

  /// One run whose program starts a process of its own, and whose second attempt succeeds only if
  /// that one is gone. `child` is what starts it.
  std::string run_that_leaves(const std::string& child) {
    write("train.sh",
          "#!/bin/bash\n"
          "[ \"$TARAMA_RESUME\" = 1 ] && {\n"
          "  grep -qs '^State:.[^Z]' /proc/$(cat \"$TARAMA_RUN_DIR/child\")/status && exit 3\n"
          "  echo '{\"acc\": 2}'; exit 0; }\n" +
              child +
              " &\n"
              "while [ ! -s \"$TARAMA_RUN_DIR/child\" ]; do sleep 0.01; done\n"
              "echo '{\"acc\": 1}'\n"
              "sleep 1000\n");
    fs::permissions(folder() / "train.sh", fs::perms::owner_all);
    return write("sweep.yaml",
                 "name: leaves\n"
                 "trainer: {command: [./train.sh]}\n"
                 "parameters: {x: {value: 1}}\n"
                 "metric: {name: acc, goal: maximize}\n");
  }

  void wait_for_a_report() {
    for (int times = 0; times < 100'000; ++times) {
      const ProgramResult result =
          tarama({"query", "SELECT count(*) FROM metrics", "--format", "json"});
      if (result.exit_code == 0 && result.json().at(0).begin().value() == 1) {
        return;
      }
    }
    FAIL() << "it never reported anything";
  }

  /// That programs of this store's runs have started, guards included.
  [[nodiscard]] std::vector<int> processes() const {
    std::vector<int> pids;
    std::error_code ignored;  // processes come and go meanwhile
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
      if (read(process.path() / "environ").find("TARAMA_RUN_DIR=" + store()) != std::string::npos) {
        pids.push_back(std::atoi(process.path().filename().c_str()));
      }
    }
    return pids;
  }

  [[nodiscard]] int guard() const {
    for (const int pid : processes()) {
      if (read(fs::path("/proc") / std::to_string(pid) / "cmdline").find("guard") == 14) {
        return pid;
      }
    }
    ADD_FAILURE() << "there is no guard";
    return 0;
  }

  [[nodiscard]] int worker() { return value("SELECT max(pid) FROM session").get<int>(); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  [[nodiscard]] std::string log_of(int attempt) const {
    return read(fs::path(store()) / fmt::format("runs/1/attempt-{}.log", attempt));
  }
};

// Forked and nothing else, as the processes of a DataLoader are; one that hears no SIGTERM.
constexpr const char* forked =
    "( trap '' TERM; echo $BASHPID > \"$TARAMA_RUN_DIR/child\"; while :; do sleep 0.1; done )";
constexpr const char* in_a_session_of_its_own =
    "setsid bash -c 'echo $$ > \"$TARAMA_RUN_DIR/child\"; sleep 1000; :'";

TEST_F(ProgramFaults, WhatAKilledWorkerAndItsGuardLeaveEndsBeforeTheNextAttempt) {
  Program run(command({"run", run_that_leaves(forked)}), with_defaults({}));
  wait_for_a_report();
  const int the_worker = worker();
  const int the_guard = guard();

  kill(the_worker, SIGSTOP);  // so that neither sees the other's end
  kill(the_guard, SIGKILL);
  kill(the_worker, SIGKILL);

  const ProgramResult result = run.finish();
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_EQ(value("SELECT metric FROM results"), 2);
  EXPECT_THAT(log_of(2), HasSubstr("nobody watched over "));
  EXPECT_THAT(processes(), testing::IsEmpty());
}

TEST_F(ProgramFaults, WhatAKilledGuardLeavesEndsBeforeTheNextAttempt) {
  Program run(command({"run", run_that_leaves(in_a_session_of_its_own)}), with_defaults({}));
  wait_for_a_report();

  kill(guard(), SIGKILL);

  const ProgramResult result = run.finish();
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_EQ(value("SELECT metric FROM results"), 2);
  EXPECT_THAT(processes(), testing::IsEmpty());
}

TEST_F(ProgramFaults, WhatIsLeftWithoutAnOrchestratorDoctorNamesAndTheNextOneEnds) {
  {
    Program run(command({"run", run_that_leaves(forked)}), with_defaults({}));
    wait_for_a_report();
    const int the_worker = worker();
    const int the_guard = guard();
    kill(run.pid(), SIGSTOP);
    kill(the_worker, SIGSTOP);
    kill(the_guard, SIGKILL);
    kill(the_worker, SIGKILL);
    kill(run.pid(), SIGKILL);
    run.finish();
  }
  const std::string child = read(fs::path(store()) / "runs/1/files/child");

  const ProgramResult doctor = tarama({"doctor"});
  EXPECT_THAT(doctor.output, HasSubstr("nobody watches over"));
  EXPECT_THAT(doctor.output, HasSubstr(child.substr(0, child.size() - 1) + " ("));
  EXPECT_EQ(tarama({"run", (folder() / "sweep.yaml").native()}).exit_code, 0);

  EXPECT_EQ(value("SELECT metric FROM results"), 2);
  EXPECT_THAT(processes(), testing::IsEmpty());
  EXPECT_THAT(tarama({"doctor"}).output, Not(HasSubstr("nobody watches over")));
}

class FailingProgram : public ProgramFaults, public testing::WithParamInterface<const char*> {};

TEST_P(FailingProgram, LeavesTheCoresToTheOthersAndEndsBehindItsRestarts) {
  const std::string file =
      nine_runs_of(fmt::format("[ $1 -le 3 ] && {}\necho \"{{\\\"acc\\\": 0.$1}}\"\n", GetParam()),
                   "max_restarts: 1\n");

  const ProgramResult result = tarama({"run", file, "--json"});

  EXPECT_EQ(result.exit_code, 5) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 6);
  EXPECT_EQ(result.json()["failed"], 3);
  EXPECT_EQ(value("SELECT count(*) FROM quarantines"), 0);
  EXPECT_EQ(query("SELECT attempts FROM results WHERE state = 'failed'"),
            json::parse(R"([{"attempts": 2}, {"attempts": 2}, {"attempts": 2}])"));
  EXPECT_THAT(result.errors, Not(HasSubstr("another device")));
}

INSTANTIATE_TEST_SUITE_P(ProgramFaults,
                         FailingProgram,
                         testing::Values("exit 75", "kill -SEGV $$", "kill -ABRT $$"));

}  // namespace
}  // namespace tarama::test
