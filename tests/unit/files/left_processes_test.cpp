// Which processes are left of a program that nobody watches over, of a /proc that is made of files.
#include "files/left_processes.hpp"

#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tarama::files {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class LeftProcesses : public testing::Test {
 protected:
  void add(pid_t pid, pid_t parent, const std::string& command, const std::string& environment) {
    const fs::path process = proc.path() / std::to_string(pid);
    fs::create_directories(process);
    std::ofstream(process / "stat") << fmt::format("{} (a) b) S {} 1 1 0 -1", pid, parent);
    std::ofstream(process / "cmdline") << command;
    std::ofstream(process / "environ") << environment;
  }

  [[nodiscard]] std::string environment_of(int run) const {
    return "HOME=/root\0TARAMA_ATTEMPT=1\0TARAMA_RUN_DIR="s + folder_of(run).native() +
           "\0TARAMA_STOP_FILE=/s\0"s;
  }

  [[nodiscard]] fs::path folder_of(int run) const {
    return store.path() / "runs" / std::to_string(run) / "files";
  }

  [[nodiscard]] std::vector<pid_t> left_in(const fs::path& within) const {
    std::vector<pid_t> pids;
    for (const LeftProcess& process : left_processes(within, proc.path())) {
      pids.push_back(process.pid);
    }
    return pids;
  }

  [[nodiscard]] static std::vector<pid_t> left_in_machine(const fs::path& within) {
    std::vector<pid_t> pids;
    for (const LeftProcess& process : left_processes(within)) {
      pids.push_back(process.pid);
    }
    return pids;
  }

  tarama::test::TempFolder proc;
  tarama::test::TempFolder store;
};

const std::string guard = "tarama-worker\0guard\0/home\0python3\0"s;

TEST_F(LeftProcesses, AreThoseOfARunWithoutAGuardAbove) {
  add(10, 1, "python3\0train.py\0"s, environment_of(7));
  add(11, 10, "python3\0-c\0loader\0"s, environment_of(7));
  add(20, 1, guard, environment_of(7));
  add(21, 20, "python3\0train.py\0"s, environment_of(7));
  add(22, 21, "python3\0train.py\0"s, environment_of(7));
  add(30, 1, "python3\0train.py\0"s, environment_of(8));
  add(40, 1, "emacs\0"s, "HOME=/root\0"s);

  EXPECT_EQ(left_processes(folder_of(7), proc.path()),
            (std::vector<LeftProcess>{{10, folder_of(7), "python3 train.py"},
                                      {11, folder_of(7), "python3 -c loader"}}));
  EXPECT_THAT(left_in(store.path() / "runs"), ElementsAre(10, 11, 30));
}

TEST_F(LeftProcesses, AreNotThoseOfAnotherStoreOrRunOfTheSameBeginning) {
  add(10, 1, "python3\0"s, environment_of(71));

  EXPECT_THAT(left_in(folder_of(7)), IsEmpty());
  EXPECT_THAT(left_in(proc.path()), IsEmpty());
}

TEST_F(LeftProcesses, WhoSetsTheFolderByHandIsNone) {
  add(10, 1, "python3\0"s, "TARAMA_RUN_DIR=" + folder_of(7).native() + "\0"s);

  EXPECT_THAT(left_in(folder_of(7)), IsEmpty());
}

TEST_F(LeftProcesses, WhoseParentEndsWhileWeLookCountsAsWatchedOver) {
  add(10, 9, "python3\0"s, environment_of(7));  // of 9 nobody can say whose child it was

  EXPECT_THAT(left_in(folder_of(7)), IsEmpty());
}

TEST_F(LeftProcesses, AreFoundByAnyNameOfTheirFolder) {
  add(10, 1, "python3\0"s, environment_of(7));
  fs::create_directories(folder_of(7));
  const fs::path link = proc.path() / "link";
  fs::create_directory_symlink(store.path(), link);

  EXPECT_THAT(left_in(link / "runs/7/files"), ElementsAre(10));
}

TEST_F(LeftProcesses, AreNamedForAPersonTheFirstFew) {
  std::vector<LeftProcess> many(10, LeftProcess{.pid = 4, .run_folder = {}, .command = "sh"});

  EXPECT_EQ(names_of({{4, {}, "sh"}, {5, {}, "python3 train.py"}}), "4 (sh), 5 (python3 train.py)");
  EXPECT_THAT(names_of(many), testing::EndsWith("4 (sh), and 2 more"));
}

enum class Hearing { good, deaf };

/// A child with the environment of a run's program, which does nothing; a deaf one ignores SIGTERM.
pid_t start(const fs::path& run_folder, Hearing hearing) {
  std::array<std::string, 3> variables = {
      "TARAMA_RUN_DIR=" + run_folder.native(), "TARAMA_ATTEMPT=1", "TARAMA_STOP_FILE=/s"};
  const std::array<char*, 4> environment = {
      variables[0].data(), variables[1].data(), variables[2].data(), nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTERM, hearing == Hearing::deaf ? SIG_IGN : SIG_DFL);
    ::execle("/bin/sleep", "sleep", "1000", nullptr, environment.data());
    ::_exit(127);
  }
  return pid;
}

/// The signal that ended it.
int end_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST_F(LeftProcesses, EndBySigtermOrWhereTheyDoNotHearItBySigkill) {
  const pid_t hears = start(folder_of(7), Hearing::good);
  const pid_t is_deaf = start(folder_of(7), Hearing::deaf);
  const pid_t is_of_another = start(folder_of(8), Hearing::good);
  while (left_processes(store.path() / "runs").size() < 3) {  // until all have their environment
  }

  const EndedProcesses ended = end_left_processes(folder_of(7));

  EXPECT_THAT(ended.all, testing::SizeIs(2));
  EXPECT_THAT(ended.still, IsEmpty());
  EXPECT_THAT(left_in_machine(store.path() / "runs"), ElementsAre(is_of_another));
  ::kill(is_of_another, SIGKILL);
  EXPECT_EQ(end_of(hears), SIGTERM);
  EXPECT_EQ(end_of(is_deaf), SIGKILL);
  EXPECT_EQ(end_of(is_of_another), SIGKILL);
}

}  // namespace
}  // namespace tarama::files
