// Signals and streams as shells, terminals and init systems use them: none of it ends a sweep but
// what means to, and what ends it leaves it resumable.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <gmock/gmock.h>
#include <vector>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Signals : public SweepFixture {
 protected:
  Signals() : script_(write("script.json", R"({"step_time": "20ms"})")) {}

  [[nodiscard]] Environment slow() const { return {{"TARAMA_FAKE_SCRIPT", script_}}; }

  /// `tarama ARGUMENTS` as words of a shell's command.
  std::string shell_command(const std::vector<std::string>& arguments) {
    std::string line;
    for (const std::string& word : command(arguments)) {
      line += "'" + word + "' ";
    }
    return line;
  }

  std::unique_ptr<Program> start_in_shell(const std::string& line) {
    return std::make_unique<Program>(std::vector<std::string>{"/bin/bash", "-c", line},
                                     with_defaults(slow()));
  }

  /// Those that live, once one does.
  std::vector<pid_t> workers() {
    std::vector<pid_t> pids;
    constexpr int most_questions = 2000;  // only a defect needs so many
    for (int i = 0; pids.empty() && i < most_questions; ++i) {
      const nlohmann::json status =
          nlohmann::json::parse(tarama({"status", "--json"}).output, nullptr, false);
      if (status.is_object()) {
        for (const nlohmann::json& worker : status["workers"]) {
          pids.push_back(worker["pid"].get<pid_t>());
        }
      }
    }
    return pids;
  }

  std::string file_ = small_sweep("replicates: 3\n");
  std::string script_;
};

TEST_F(Signals, AHangUpThatWasIgnoredAtTheStartEndsNeitherTheSweepNorItsWorkers) {
  const auto program = start_in_shell("trap '' HUP; exec " + shell_command({"run", file_}));
  ASSERT_TRUE(program->read_until("succeeded"));

  program->signal(SIGHUP);
  for (const pid_t worker : workers()) {
    kill(worker, SIGHUP);
  }

  EXPECT_EQ(program->finish().exit_code, 0);
  EXPECT_EQ(value("SELECT succeeded FROM account"), 12);
  EXPECT_EQ(value("SELECT max(attempts) FROM results"), 1);
}

TEST_F(Signals, AJobInTheBackgroundHearsNoCtrlC) {
  const auto program = start_in_shell("trap '' INT; exec " + shell_command({"run", file_}));
  ASSERT_TRUE(program->read_until("succeeded"));

  program->signal(SIGINT);

  EXPECT_EQ(program->finish().exit_code, 0);
}

TEST_F(Signals, AHangUpStopsResumably) {
  const auto program = start_in_shell("exec " + shell_command({"run", file_}));
  ASSERT_TRUE(program->read_until("succeeded"));

  program->signal(SIGHUP);

  EXPECT_EQ(program->finish().exit_code, 130);
  EXPECT_EQ(value("SELECT leased + running FROM account"), 0);
  EXPECT_EQ(tarama({"run", file_}).exit_code, 0);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 120);
}

TEST_F(Signals, AReaderThatGoesAwayEndsNoSweep) {
  const auto program = start_in_shell(shell_command({"run", file_}) +
                                      "2>&1 | head -n 1; echo code ${PIPESTATUS[0]}");

  EXPECT_THAT(program->finish().output, HasSubstr("code 0\n"));
  EXPECT_EQ(value("SELECT succeeded FROM account"), 12);
}

TEST_F(Signals, CtrlCWithAReaderThatDiedFirstStopsResumably) {
  write("script.json", R"({"step_time": "100ms"})");
  const auto program = start_in_shell(shell_command({"run", file_}) +
                                      "2>&1 | head -n 1; echo code ${PIPESTATUS[0]}");
  ASSERT_TRUE(program->read_until("\n"));  // the line that head takes before it ends
  ASSERT_FALSE(workers().empty());

  kill(tarama({"status", "--json"}).json()["orchestrator"]["pid"].get<pid_t>(), SIGINT);

  EXPECT_THAT(program->finish().output, HasSubstr("code 130\n"));
  EXPECT_EQ(value("SELECT leased + running FROM account"), 0);
}

TEST_F(Signals, StreamsThatWereClosedAtTheStartAreNoFilesOfTheStore) {
  const auto program = start_in_shell("exec " + shell_command({"run", file_}) + "<&- >&- 2>&-");

  EXPECT_EQ(program->finish().exit_code, 0);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 120);
}

TEST_F(Signals, AResultThatCannotBeWrittenIsAnErrorAndStaysInTheStore) {
  const auto program = start_in_shell("exec " + shell_command({"run", file_}) + "> /dev/full");

  const ProgramResult result = program->finish();

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("could not be written whole to stdout"));
  EXPECT_EQ(value("SELECT succeeded FROM account"), 12);
}

class SignalledWorker : public Signals, public testing::WithParamInterface<int> {};

TEST_P(SignalledWorker, SavesACheckpointAndCostsItsRunNothing) {
  write("script.json", R"({"step_time": "50ms"})");
  const std::string file = small_sweep("replicates: 3\nmax_restarts: 0\n");
  const auto program = start_in_shell("exec " + shell_command({"run", file}));
  ASSERT_TRUE(program->read_until("succeeded"));
  const std::vector<pid_t> pids = workers();
  ASSERT_FALSE(pids.empty());

  kill(pids.front(), GetParam());

  EXPECT_EQ(program->finish().exit_code, 0);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 120);
  EXPECT_EQ(value("SELECT count(*) FROM (SELECT DISTINCT run_id, step FROM steps)"), 120);
}

INSTANTIATE_TEST_SUITE_P(Each, SignalledWorker, testing::Values(SIGTERM, SIGINT, SIGHUP));

}  // namespace
}  // namespace tarama::test
