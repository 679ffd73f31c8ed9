// What a tree of processes holds, of a /proc that is made of files.
#include "worker/program/tree_memory.hpp"

#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace tarama::program::test {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::int64_t gib = std::int64_t{1} << 30;

class ProcFolder : public testing::Test {
 protected:
  void add(pid_t pid, pid_t parent, const std::string& name, std::int64_t pages, std::int64_t kb) {
    const auto path = folder.path() / std::to_string(pid);
    std::filesystem::create_directories(path);
    std::ofstream(path / "stat") << fmt::format("{} ({}) S {} 1 1 0 -1", pid, name, parent);
    std::ofstream(path / "statm") << fmt::format("99999 {} 12 1 0 33 0\n", pages);
    if (kb > 0) {
      std::ofstream(path / "smaps_rollup") << fmt::format(
          "5593d5c93000-7ffd5764d000 ---p 00000000 00:00 0 [rollup]\n"
          "Rss:                1736 kB\nPss:     {} kB\nPss_Dirty:  112 kB\n",
          kb);
    }
  }

  tarama::test::TempFolder folder;
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
};

TEST_F(ProcFolder, TheTreeIsAllBelowAndNothingBeside) {
  add(10, 1, "guard", 5, 5);
  add(11, 10, "python", 100, 300);
  add(12, 11, "a) Z 1 (b", 50, 0);
  add(20, 1, "stranger", 1000, 1000);
  std::filesystem::create_directories(folder.path() / "self");
  std::filesystem::create_directories(folder.path() / "13");  // has just gone

  auto tree = tree_below(10, folder.path());

  EXPECT_THAT(
      tree,
      UnorderedElementsAre(ProcessMemory{11, 100 * page, {}}, ProcessMemory{12, 50 * page, {}}));
  ask_shares(tree, folder.path());
  EXPECT_THAT(tree,
              UnorderedElementsAre(ProcessMemory{11, 100 * page, 300 * 1024},
                                   ProcessMemory{12, 50 * page, {}}));
}

TEST(TreeMemory, WhatProcessesShareCountsOnce) {
  std::vector<ProcessMemory> tree = {{1, 6 * gib, {}}, {2, 6 * gib, {}}};
  EXPECT_TRUE(may_be_too_much(tree, 8 * gib));
  EXPECT_FALSE(may_be_too_much(tree, 12 * gib));
  tree[0].share = 3 * gib;
  tree[1].share = 3 * gib;

  EXPECT_EQ(too_much_memory(tree, 8 * gib), std::nullopt);
  EXPECT_THAT(
      too_much_memory(tree, 5 * gib).value_or(""),
      HasSubstr("it used 6.00 GiB of memory in 2 processes; trainer.memory allows 5.00 GiB"));
}

TEST(TreeMemory, AShareThatNobodyTellsIsAllThatIsResident) {
  EXPECT_NE(too_much_memory({{1, 6 * gib, {}}, {2, 6 * gib, 1 * gib}}, 6 * gib), std::nullopt);
}

TEST(TreeMemory, WhatIsNoSuchFileHasNoNumbers) {
  EXPECT_EQ(resident_in_statm("", 4096), std::nullopt);
  EXPECT_EQ(resident_in_statm("12", 4096), std::nullopt);
  EXPECT_EQ(share_in_rollup("Rss: 12 kB\n"), std::nullopt);
  EXPECT_EQ(share_in_rollup("\nPss:"), std::nullopt);
}

}  // namespace
}  // namespace tarama::program::test
