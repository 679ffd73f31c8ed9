// Limits of made-up trees of control groups, as containers, Slurm and systemd make them.
#include "orchestrator/devices/control_group.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <string>

namespace tarama::orchestrator {
namespace {

using testing::Eq;
using testing::Optional;

constexpr const char* version_2 =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    "23 1 0:21 / /sys rw - sysfs sysfs rw\n";
constexpr const char* version_1 =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";

class ControlGroups : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const auto file = root_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }

  GroupLimits limits(const char* groups, const char* mounts) {
    return limits_of_groups(groups, mounts, root_.path());
  }

  test::TempFolder root_;
};

TEST_F(ControlGroups, NoGroupsAreNoLimits) {
  EXPECT_EQ(limits("", ""), GroupLimits{});
  EXPECT_EQ(limits("0::/\n", version_2), GroupLimits{});
  EXPECT_EQ(limits("nonsense\n0:\n::::\n", "\n- - -\n1 2 3 - cgroup2\n"), GroupLimits{});
}

TEST_F(ControlGroups, WhatIsLeftIsTheLeastThatAGroupHasLeft) {
  write("sys/fs/cgroup/a/memory.max", "8000000000");
  write("sys/fs/cgroup/a/memory.current", "7000000000");
  write("sys/fs/cgroup/a/memory.stat", "anon 5000000000\ninactive_file 1500000000\nslab 1");
  write("sys/fs/cgroup/a/b/memory.max", "9000000000");
  write("sys/fs/cgroup/a/b/memory.current", "3000000000");

  EXPECT_THAT(limits("0::/a/b\n", version_2).free_memory_bytes, Optional(Eq(2'500'000'000U)));
}

TEST_F(ControlGroups, WhatIsLeftInVersion1) {
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "8000000000");
  write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "9000000000");
  write("sys/fs/cgroup/memory/a/memory.stat", "cache 5\ntotal_inactive_file 500000000");

  EXPECT_THAT(limits("4:memory:/a\n", version_1).free_memory_bytes, Optional(Eq(0U)));
}

TEST_F(ControlGroups, OfVersion2TheLeastOfTheTreeCounts) {
  write("sys/fs/cgroup/a/cpu.max", "400000 100000");
  write("sys/fs/cgroup/a/memory.max", "8000000000");
  write("sys/fs/cgroup/a/b/cpu.max", "150000 100000");
  write("sys/fs/cgroup/a/b/memory.max", "max");
  write("sys/fs/cgroup/a/b/c/cpu.max", "max 100000");
  write("sys/fs/cgroup/a/b/c/memory.max", "9000000000");
  write("sys/fs/cgroup/beside/memory.max", "1");

  const GroupLimits found = limits("0::/a/b/c\n", version_2);

  EXPECT_THAT(found.cores, Optional(1.5));
  EXPECT_THAT(found.memory_bytes, Optional(Eq(8'000'000'000U)));
}

TEST_F(ControlGroups, WhatAGroupIsThrottledAtCountsAsItsMemory) {
  write("sys/fs/cgroup/a/memory.high", "3000000000");
  write("sys/fs/cgroup/a/memory.max", "4000000000");

  EXPECT_THAT(limits("0::/a\n", version_2).memory_bytes, Optional(Eq(3'000'000'000U)));
}

TEST_F(ControlGroups, OfVersion1EachControllerHasItsTree) {
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000000000");
  write("sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "9223372036854771712");

  const GroupLimits found = limits("4:memory:/job/step\n2:cpu,cpuacct:/job/step\n", version_1);

  EXPECT_THAT(found.cores, Optional(2.0));
  EXPECT_THAT(found.memory_bytes, Optional(Eq(5'000'000'000U)));
}

TEST_F(ControlGroups, AContainerThatSeesItsOwnGroupAsTheTopIsLimitedByIt) {
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000000000");

  const char* const mounted_group =
      "35 31 0:32 /docker/4af1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  EXPECT_THAT(limits("4:memory:/docker/4af1\n", mounted_group).memory_bytes,
              Optional(Eq(5'000'000'000U)));
  EXPECT_THAT(limits("4:memory:/../elsewhere\n", mounted_group).memory_bytes,
              Optional(Eq(5'000'000'000U)));
}

TEST_F(ControlGroups, AMountPointMayHaveSpaces) {
  write("a b/memory.max", "7000000000");

  EXPECT_THAT(limits("0::/\n", R"(30 23 0:26 / /a\040b rw - cgroup2 none rw)").memory_bytes,
              Optional(Eq(7'000'000'000U)));
}

}  // namespace
}  // namespace tarama::orchestrator
