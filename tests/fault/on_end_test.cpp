// The user's command at a sweep's end, when it hangs: it has a limit, what is awaited is said, and
// every way of stopping ends it with all that it started.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class OnEnd : public SweepFixture {
 protected:
  OnEnd() : pids_(folder() / "pids") {}

  /// A sweep whose on_end starts a child and waits for ever; `more` is YAML.
  std::string hanging(const std::string& more = "") {
    return small_sweep(
        fmt::format("on_end: 'sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; wait'\n{1}",
                    pids_.string(),
                    more));
  }

  /// Whether on_end and its child are there; waits until they have begun.
  void wait_until_it_runs() {
    while (!std::filesystem::exists(pids_)) {
      ASSERT_EQ(tarama({"list"}).exit_code, 0);
    }
    std::ifstream(pids_) >> shell_ >> child_;
    ASSERT_TRUE(is_there(shell_) && is_there(child_));
  }

  /// A zombie that nobody of ours reaps is gone as well.
  static bool is_there(pid_t pid) {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid));
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    return !text.empty() && text.find(") Z") == std::string::npos;
  }

  [[nodiscard]] bool is_anything_left() const { return is_there(shell_) || is_there(child_); }

  std::unique_ptr<Program> start(std::vector<std::string> arguments) {
    return std::make_unique<Program>(command(std::move(arguments)), with_defaults({}));
  }

  std::filesystem::path pids_;
  pid_t shell_ = 0;
  pid_t child_ = 0;
};

TEST_F(OnEnd, RunSaysWhatItWaitsForAndCtrlCEndsIt) {
  const auto run = start({"run", hanging()});
  ASSERT_TRUE(run->read_until("waiting for on_end of sweep 1"));
  wait_until_it_runs();
  EXPECT_EQ(tarama({"status", "--json"}).json()["on_end"][0]["pid"], shell_);

  run->signal(SIGINT);

  EXPECT_EQ(run->finish().exit_code, 130);
  EXPECT_FALSE(is_anything_left());
  EXPECT_EQ(value("SELECT succeeded FROM account"), 4);
}

TEST_F(OnEnd, WhatIsCutShortComesAgainAtTheNextStart) {
  const auto run = start({"run", hanging()});
  ASSERT_TRUE(run->read_until("waiting for on_end"));
  wait_until_it_runs();
  run->signal(SIGTERM);
  run->finish();
  std::filesystem::remove(pids_);

  const auto again = start({"serve"});
  wait_until_it_runs();

  EXPECT_EQ(tarama({"stop"}).exit_code, 0);
  EXPECT_EQ(again->finish().exit_code, 0);
  EXPECT_FALSE(is_anything_left());
}

TEST_F(OnEnd, ASecondSignalLeavesNothingBehind) {
  const auto daemon = start({"serve"});
  ASSERT_TRUE(daemon->read_until("serving"));
  // It ends by no other signal than SIGKILL.
  const std::string file = small_sweep(
      fmt::format("on_end: 'trap \"\" TERM; sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; "
                  "wait; sleep 1000'\n",
                  pids_.string()));
  ASSERT_EQ(tarama({"submit", file}).exit_code, 0);
  wait_until_it_runs();

  daemon->signal(SIGTERM);
  ASSERT_TRUE(daemon->read_until("stopping"));
  daemon->signal(SIGTERM);

  daemon->finish();
  EXPECT_FALSE(is_anything_left());
}

TEST_F(OnEnd, ItsLimitEndsIt) {
  const ProgramResult run = tarama({"run", hanging("on_end_limit: 1s\n"), "--verbose"});

  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("on_end_limit"));
  std::ifstream(pids_) >> shell_ >> child_;
  EXPECT_FALSE(is_anything_left());
  const auto again = start({"serve", "--verbose"});  // it is done, if not well
  ASSERT_TRUE(again->read_until("serving"));
  EXPECT_TRUE(tarama({"status", "--json"}).json()["on_end"].empty());
  EXPECT_EQ(tarama({"stop"}).exit_code, 0);
}

}  // namespace
}  // namespace tarama::test
