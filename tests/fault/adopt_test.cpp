// The orchestrator is killed and its workers train on: the next one takes them over, or what they
// left, and nobody stays behind.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;

class Adopt : public SweepFixture {
 protected:
  /// One run of 60 steps, 3 s and more.
  std::string long_run(const std::string& more = "") {
    return sweep_file("  lr: {value: 1e-3}\n  warmup: {value: 0}\n  epochs: {value: 12}\n",
                      "training: {batch_size: 8}\n" + more);
  }

  Environment slow(const char* step_time = "50ms") {
    return {{"TARAMA_FAKE_SCRIPT",
             write("script.json", fmt::format(R"({{"step_time": "{}"}})", step_time))}};
  }

  /// Kills an orchestrator once a step of its run is stored.
  void kill_one_in_mid_run(const std::string& file, const Environment& environment) {
    Program first(command({"run", file}), with_defaults(environment));
    until("SELECT count(*) > 0 FROM steps");
    first.signal(SIGKILL);
    first.finish();
  }

  /// Asks again and again; each question takes its time.
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

  /// Process ids of this store's workers.
  [[nodiscard]] std::vector<std::string> workers() const {
    std::vector<std::string> pids;
    std::error_code ignored;  // processes come and go meanwhile
    for (const auto& process : fs::directory_iterator("/proc")) {
      std::ifstream file(process.path() / "cmdline");
      std::ostringstream text;
      text << file.rdbuf();  // throws nothing where the process ends meanwhile
      const std::string line = text.str();
      if (line.find("--session") != std::string::npos && line.find(store()) != std::string::npos) {
        pids.push_back(process.path().filename().string());
      }
    }
    return pids;
  }
};

TEST_F(Adopt, ALongRunGoesOnAsTheSameAttemptUnderTheNextOrchestrator) {
  const std::string file = long_run();
  kill_one_in_mid_run(file, slow());
  EXPECT_THAT(workers(), testing::SizeIs(1)) << "it trains on";

  const ProgramResult second = tarama({"run", file, "--json"}, slow());

  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(value("SELECT attempts FROM results"), 1);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 60);
  EXPECT_EQ(value("SELECT count(DISTINCT step) FROM steps"), 60);
  EXPECT_THAT(workers(), testing::IsEmpty());
  EXPECT_TRUE(!fs::exists(store() + "/spool") || fs::is_empty(store() + "/spool"));
}

TEST_F(Adopt, AWorkerThatHasFinishedAndGoneLeavesItsResult) {
  const std::string file = long_run();
  Environment environment = slow("10ms");
  environment.emplace_back("TARAMA_WORKER_GRACE", "0s");
  kill_one_in_mid_run(file, environment);
  while (!workers().empty()) {
  }

  const ProgramResult second = tarama({"run", file, "--json"}, slow());

  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(value("SELECT attempts FROM results"), 1);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 60);
}

TEST_F(Adopt, AWorkerThatIsKilledMeanwhileCostsAnAttemptAndNoStep) {
  const std::string file = long_run();
  kill_one_in_mid_run(file, slow());
  for (const std::string& pid : workers()) {
    kill(std::stoi(pid), SIGKILL);
  }

  const ProgramResult second = tarama({"run", file, "--json"}, slow("1ms"));

  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(value("SELECT attempts FROM results"), 2);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 60);
}

TEST_F(Adopt, DoctorNamesWhatAKilledOrchestratorLeftAndStopEndsIt) {
  const std::string file = long_run();
  kill_one_in_mid_run(file, slow());
  ASSERT_THAT(workers(), testing::SizeIs(1));

  const ProgramResult doctor = tarama({"doctor"});
  EXPECT_THAT(doctor.output, testing::HasSubstr("pid " + workers().front()));
  const ProgramResult stop = tarama({"stop"});

  EXPECT_EQ(stop.exit_code, 0) << stop.errors;
  EXPECT_THAT(workers(), testing::IsEmpty());
  EXPECT_EQ(tarama({"run", file}, slow("1ms")).exit_code, 0);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 60);
  EXPECT_NE(tarama({"stop"}).exit_code, 0) << "there is nothing left to be stopped";
}

TEST_F(Adopt, AnInterruptedRunLeavesNobody) {
  const std::string file = long_run();
  Program first(command({"run", file}), with_defaults(slow()));
  until("SELECT count(*) > 0 FROM steps");

  first.signal(SIGTERM);
  static_cast<void>(first.finish());

  EXPECT_THAT(workers(), testing::IsEmpty());
}

}  // namespace
}  // namespace tarama::test
