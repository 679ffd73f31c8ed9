// What is collected of killed processes, and what is left alone.
#include "orchestrator/sweeps/leftovers.hpp"

#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::test {
namespace {

using namespace orchestrator;
namespace fs = std::filesystem;

void make(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

/// The number of a process that has ended.
pid_t gone() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(Leftovers, UnfinishedFilesOfProcessesThatAreGoneAreRemoved) {
  const TempFolder folder;
  const fs::path dead_cache =
      folder.path() / "cache" / fmt::format(".data.tokens.{}-1.tmp", gone());
  const fs::path dead_model = folder.path() / "models" / fmt::format(".7.{}-2.tmp", gone());
  const fs::path alive = folder.path() / "models" / fmt::format(".8.{}-1.tmp", ::getpid());
  const fs::path other = folder.path() / "models" / ".mine.tmp";
  make(dead_cache);
  make(dead_model / "config.json");
  make(alive);
  make(other);

  remove_what_the_dead_left(folder.path());

  EXPECT_FALSE(fs::exists(dead_cache));
  EXPECT_FALSE(fs::exists(dead_model));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(other));
}

TEST(Leftovers, TokenizedDataThatNobodyUsedForAMonthAreRemoved) {
  const TempFolder folder;
  const fs::path old = folder.path() / "cache" / "old.tokens";
  const fs::path read_lately = folder.path() / "cache" / "read.tokens";
  make(old);
  make(read_lately);
  const timespec long_ago{.tv_sec = 1'000'000, .tv_nsec = 0};
  const timespec now{.tv_sec = 0, .tv_nsec = UTIME_NOW};
  const timespec never_used[2] = {long_ago, long_ago};
  const timespec used[2] = {now, long_ago};
  ::utimensat(AT_FDCWD, old.c_str(), never_used, 0);
  ::utimensat(AT_FDCWD, read_lately.c_str(), used, 0);

  remove_what_the_dead_left(folder.path());

  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(read_lately));
}

TEST(Leftovers, WhatOnlyTheRowsCanTellIsAskedAbout) {
  const TempFolder folder;
  make(folder.path() / "trajectories" / "5" / "checkpoint-000001.bin");
  make(folder.path() / "checkpoints" / "7" / "attempt-2.tmp");
  make(folder.path() / "checkpoints" / "7" / "checkpoint-000001.bin");

  const PerhapsLeft left = perhaps_left_in(folder.path());

  EXPECT_THAT(left.kept_states, testing::ElementsAre(RunId{5}));
  ASSERT_EQ(left.checkpoints.size(), 1U);
  EXPECT_EQ(left.checkpoints[0].run, RunId{7});
  EXPECT_EQ(left.checkpoints[0].attempt, Attempt{2});

  remove(folder.path(), left);

  EXPECT_FALSE(fs::exists(folder.path() / "trajectories" / "5"));
  EXPECT_FALSE(fs::exists(folder.path() / "checkpoints" / "7" / "attempt-2.tmp"));
  EXPECT_TRUE(fs::exists(folder.path() / "checkpoints" / "7" / "checkpoint-000001.bin"));
}

}  // namespace
}  // namespace tarama::test
