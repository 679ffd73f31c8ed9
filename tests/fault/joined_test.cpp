// Commands that wait for a sweep on another process's orchestrator, and that one goes: it ends with
// a sweep of its own, dies, or is stopped.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <memory>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Joined : public SweepFixture {
 protected:
  Joined() {
    script_ = write("script.json", R"({"step_time": "50ms"})");
    small_ = folder() / "small.yaml";
    fs::copy_file(small_sweep(), small_);
    larger_ = small_sweep("replicates: 4\n");
  }

  std::unique_ptr<Program> start(const std::vector<std::string>& arguments) {
    return std::make_unique<Program>(command(arguments),
                                     with_defaults({{"TARAMA_FAKE_SCRIPT", script_}}));
  }

  /// A run of the larger sweep that has joined somebody's orchestrator.
  std::unique_ptr<Program> join() {
    auto joined = start({"run", larger_, "--set", "name=larger"});
    EXPECT_TRUE(joined->read_until("joining the orchestrator"));
    EXPECT_TRUE(joined->read_until("'larger'"));
    return joined;
  }

  void expect_a_whole_sweep(Program& joined) {
    const ProgramResult end = joined.finish();
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_THAT(end.errors, HasSubstr("goes on with sweep 2 itself"));
    EXPECT_EQ(value("SELECT succeeded FROM account WHERE sweep_id = 2"), 16);
    EXPECT_EQ(value("SELECT count(*) FROM (SELECT DISTINCT run_id, step FROM steps)"),
              value("SELECT count(*) FROM steps"));
  }

  std::string script_;
  std::string small_;
  std::string larger_;
};

TEST_F(Joined, ARunGoesOnItselfWhereTheOneItJoinedEndsWithItsOwnSweep) {
  const auto first = start({"run", small_});
  ASSERT_TRUE(first->read_until("sweep 1"));
  const auto joined = join();

  EXPECT_EQ(first->finish().exit_code, 0);

  expect_a_whole_sweep(*joined);
}

TEST_F(Joined, ARunGoesOnItselfWhereTheOneItJoinedIsKilled) {
  const auto first = start({"run", small_});
  ASSERT_TRUE(first->read_until("sweep 1"));
  const auto joined = join();

  first->signal(SIGKILL);

  expect_a_whole_sweep(*joined);
  EXPECT_EQ(value("SELECT max(attempts) FROM results"), 1) << "their workers were taken over";
  EXPECT_EQ(value("SELECT count(*) FROM session WHERE ended_at IS NULL"), 0);
}

TEST_F(Joined, AnEarlierStopIsNoReasonNotToGoOn) {
  const auto earlier = start({"serve"});
  ASSERT_TRUE(earlier->read_until("serving"));
  ASSERT_EQ(tarama({"stop"}).exit_code, 0);
  ASSERT_EQ(earlier->finish().exit_code, 0);
  const auto first = start({"run", small_});
  ASSERT_TRUE(first->read_until("sweep 1"));
  const auto joined = join();

  first->signal(SIGKILL);

  expect_a_whole_sweep(*joined);
}

TEST_F(Joined, StopStopsAlsoWhatWaits) {
  const auto daemon = start({"serve"});
  ASSERT_TRUE(daemon->read_until("serving"));
  const auto joined = join();

  EXPECT_EQ(tarama({"stop"}).exit_code, 0);

  EXPECT_EQ(joined->finish().exit_code, 4);
  EXPECT_EQ(daemon->finish().exit_code, 0);
  EXPECT_EQ(tarama({"status"}).exit_code, 4) << "no orchestrator runs";
}

TEST_F(Joined, WaitGoesByTheStoreWhereTheOrchestratorEndedWithTheSweep) {
  const auto first = start({"run", small_});
  ASSERT_TRUE(first->read_until("sweep 1"));
  const auto waiting = start({"wait", "1"});

  EXPECT_EQ(first->finish().exit_code, 0);

  const ProgramResult end = waiting->finish();
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  EXPECT_THAT(end.output, HasSubstr("of 4 runs"));
}

TEST_F(Joined, WaitWaitsForTheNextOrchestratorToo) {
  auto daemon = start({"serve"});
  ASSERT_TRUE(daemon->read_until("serving"));
  ASSERT_EQ(tarama({"submit", larger_}).exit_code, 0);
  const auto waiting = start({"watch", "1"});
  ASSERT_TRUE(waiting->read_until("succeeded"));

  daemon->signal(SIGKILL);
  ASSERT_TRUE(waiting->read_until("waiting 30 s for the next one"));
  daemon = start({"serve"});

  EXPECT_EQ(waiting->finish().exit_code, 0);
  EXPECT_EQ(tarama({"stop"}).exit_code, 0);
}

}  // namespace
}  // namespace tarama::test
