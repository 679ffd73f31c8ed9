// A store on a small disk that is really full: a tmpfs of 20 MB, which takes the right to mount.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class FullDisk : public SweepFixture {
 protected:
  void SetUp() override {
    disk_ = folder() / "disk";
    std::filesystem::create_directories(disk_);
    if (::mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=20m") != 0) {
      const int cause = errno;
      disk_.clear();
      GTEST_SKIP() << "no tmpfs can be mounted here: " << std::strerror(cause);
    }
    use_store("disk/store");
    file_ = small_sweep("replicates: 8\nmax_restarts: 0\nkeep: {checkpoints: latest}\n");
    script_ = write("script.json", R"({"step_time": "20ms"})");
  }

  void TearDown() override {
    if (!disk_.empty()) {
      ::umount2(disk_.c_str(), MNT_DETACH);
    }
  }

  /// Takes all room but `left` bytes; fewer where others write meanwhile.
  void fill(std::int64_t left = 0) {
    const int filler = ::open((disk_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_GE(filler, 0);
    const std::string block(4096, 'x');
    while (static_cast<std::int64_t>(std::filesystem::space(disk_).available) > left &&
           ::write(filler, block.data(), block.size()) > 0) {
    }
    ::close(filler);
  }

  void free() { std::filesystem::remove(disk_ / "filler"); }

  /// Asks the orchestrator until `holds` of its status.
  template <class Condition>
  nlohmann::json status_once(const Condition& holds) {
    for (;;) {
      const ProgramResult result = tarama({"status", "--json"});
      const auto status = nlohmann::json::parse(result.output, nullptr, false);
      if (result.exit_code != 0 || holds(status)) {
        EXPECT_EQ(result.exit_code, 0) << result.errors;
        return status;
      }
    }
  }

  void expect_all(const ProgramResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(value("SELECT succeeded FROM account"), 32);
    EXPECT_EQ(value("SELECT max(attempts) FROM results"), 1);
    EXPECT_EQ(value("SELECT count(*) FROM steps"), 320);
    EXPECT_EQ(value("SELECT count(*) FROM (SELECT DISTINCT run_id, step FROM steps)"), 320);
    EXPECT_EQ(value("SELECT count(*) FROM evals"), 64);
  }

  std::filesystem::path disk_;
  std::string file_;
  std::string script_;
};

TEST_F(FullDisk, IsWaitedForAndNothingIsLost) {
  Program run(command({"run", file_}), with_defaults({{"TARAMA_FAKE_SCRIPT", script_}}));
  ASSERT_TRUE(run.read_until("succeeded"));

  fill();
  const auto full =
      status_once([](const nlohmann::json& status) { return status["store_trouble"].is_string(); });
  EXPECT_THAT(full["store_trouble"].get<std::string>(), HasSubstr("no room left to write"));
  free();

  expect_all(run.finish());
}

TEST_F(FullDisk, NothingIsHandedOutBelowTheWatermark) {
  Program run(command({"run", file_, "--min-free", "2MB"}),
              with_defaults({{"TARAMA_FAKE_SCRIPT", script_}}));
  ASSERT_TRUE(run.read_until("succeeded"));

  fill(1'500'000);
  const auto held = status_once([](const nlohmann::json& status) {
    const auto& sweep = status["sweeps"][0];
    return status["disk"].is_object() && status["disk"]["is_short"] == true &&
           sweep["leased"] == 0 && sweep["running"] == 0;
  });
  EXPECT_GT(held["sweeps"][0]["pending"], 0);
  EXPECT_EQ(held["store_trouble"], nullptr);
  EXPECT_THAT(held["sweeps"][0]["waiting"][0]["reason"].get<std::string>(),
              HasSubstr("2.0 MB are kept (--min-free)"));
  free();

  const ProgramResult result = run.finish();
  expect_all(result);
  EXPECT_THAT(result.errors, HasSubstr("nothing is handed out: "));
  EXPECT_THAT(result.errors, HasSubstr("has room again"));
}

TEST_F(FullDisk, WorkersTrainOnThroughItWithoutAnOrchestrator) {
  const std::string slow = write("slow.json", R"({"step_time": "100ms"})");
  Program first(command({"run", file_}), with_defaults({{"TARAMA_FAKE_SCRIPT", slow}}));
  ASSERT_TRUE(first.read_until("sweep 1"));
  status_once([](const nlohmann::json& status) {
    return !status["sweeps"].empty() && status["sweeps"][0]["running"] > 0;
  });
  fill();
  status_once([](const nlohmann::json& status) { return status["store_trouble"].is_string(); });

  first.signal(SIGKILL);
  first.finish();
  Program second(command({"run", file_}), with_defaults({{"TARAMA_FAKE_SCRIPT", script_}}));
  constexpr int most_questions = 2000;  // only a defect needs so many
  for (int i = 0; i < most_questions && tarama({"status"}).exit_code != 0; ++i) {
  }
  status_once([](const nlohmann::json& status) {
    const auto& workers = status["workers"];
    return !status["sweeps"].empty() &&
           std::none_of(workers.begin(), workers.end(), [](const nlohmann::json& worker) {
             return worker["state"] == "away";
           });
  });
  free();

  expect_all(second.finish());
}

TEST_F(FullDisk, AnOrderDoesNotWaitBehindIt) {
  const std::string slow = write("slow.json", R"({"step_time": "1s"})");
  Program run(command({"run", file_}), with_defaults({{"TARAMA_FAKE_SCRIPT", slow}}));
  ASSERT_TRUE(run.read_until("sweep 1"));
  status_once([](const nlohmann::json& status) {
    return !status["sweeps"].empty() && status["sweeps"][0]["running"] > 0;
  });
  fill();

  EXPECT_EQ(tarama({"cancel", "1"}).exit_code, 0);
  status_once([](const nlohmann::json& status) { return status["sweeps"][0]["running"] == 0; });

  free();
  run.finish();
  EXPECT_EQ(value("SELECT cancelled FROM account"), 32);
}

}  // namespace
}  // namespace tarama::test
