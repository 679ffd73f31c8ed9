// The store taken away beneath a living orchestrator: it stops at once, says why, and leaves no
// process; its socket alone is made anew.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class LostStore : public SweepFixture {
 protected:
  /// A daemon at work on runs of minutes, whose workers live.
  std::unique_ptr<Program> serve_a_long_sweep() {
    const std::string script = write("script.json", R"({"step_time": "5s"})");
    auto daemon = std::make_unique<Program>(command({"serve"}),
                                            with_defaults({{"TARAMA_FAKE_SCRIPT", script}}));
    EXPECT_TRUE(daemon->read_until("serving"));
    EXPECT_EQ(tarama({"submit", small_sweep()}).exit_code, 0);
    constexpr int most_questions = 2000;  // only a defect needs so many
    for (int i = 0; workers_.empty() && i < most_questions; ++i) {
      const nlohmann::json status = tarama({"status", "--json"}).json();
      for (const nlohmann::json& worker : status["workers"]) {
        if (worker["state"] == "busy") {
          workers_.push_back(worker["pid"].get<pid_t>());
        }
      }
    }
    EXPECT_FALSE(workers_.empty());
    return daemon;
  }

  void expect_a_loud_end(Program& daemon, const std::string& why) {
    const ProgramResult end = daemon.finish();
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_THAT(end.errors, HasSubstr(why));
    for (const pid_t worker : workers_) {
      EXPECT_NE(kill(worker, 0), 0) << "worker " << worker << " lives";
    }
  }

  std::vector<pid_t> workers_;
};

TEST_F(LostStore, AFolderThatIsRemovedEndsEverythingAndIsNotMadeAgain) {
  const auto daemon = serve_a_long_sweep();

  std::error_code not_yet;  // files are made in it meanwhile
  do {
    fs::remove_all(store(), not_yet);
  } while (not_yet);

  expect_a_loud_end(*daemon, "removed or moved away while an orchestrator was at work");
  EXPECT_FALSE(fs::exists(store()));
}

TEST_F(LostStore, AFolderThatIsMovedEndsEverything) {
  const auto daemon = serve_a_long_sweep();

  fs::rename(store(), folder() / "elsewhere");

  expect_a_loud_end(*daemon, "removed or moved away");
  EXPECT_FALSE(fs::exists(store())) << "no worker makes it anew for a log or a checkpoint";
  use_store("elsewhere");
  EXPECT_EQ(value("SELECT planned FROM account"), 4);
}

TEST_F(LostStore, ADatabaseThatIsReplacedEndsEverything) {
  const auto daemon = serve_a_long_sweep();
  ASSERT_EQ(tarama({"backup", folder() / "copy.db"}).exit_code, 0);

  fs::rename(folder() / "copy.db", fs::path(store()) / "tarama.db");

  expect_a_loud_end(*daemon, "was replaced while an orchestrator was at work");
}

TEST_F(LostStore, ASocketThatIsRemovedIsThereAgain) {
  const auto daemon = serve_a_long_sweep();

  fs::remove(fs::path(store()) / "control.sock");
  ASSERT_TRUE(daemon->read_until("control.sock was removed"));

  EXPECT_EQ(tarama({"status"}).exit_code, 0);
  EXPECT_EQ(fs::status(fs::path(store()) / "control.sock").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(tarama({"cancel", "1"}).exit_code, 0);
  EXPECT_EQ(tarama({"stop"}).exit_code, 0);
  EXPECT_EQ(daemon->finish().exit_code, 0);
}

}  // namespace
}  // namespace tarama::test
