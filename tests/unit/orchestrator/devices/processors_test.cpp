// Which processors are near a GPU, and that a child starts on them.
#include "orchestrator/devices/processors.hpp"

#include "orchestrator/workers/child_process.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Processors, ListsAreReadAsTheKernelWritesThem) {
  EXPECT_THAT(processors_in("0-3,8,10-11\n"), ElementsAre(0, 1, 2, 3, 8, 10, 11));
  EXPECT_THAT(processors_in("5"), ElementsAre(5));
  EXPECT_THAT(processors_in("\n"), IsEmpty());
  EXPECT_THAT(processors_in(""), IsEmpty());
  EXPECT_THAT(processors_in("0-,4"), IsEmpty());
  EXPECT_THAT(processors_in("0-99999999999"), IsEmpty());
  EXPECT_THAT(processors_in("3-1"), IsEmpty());
}

TEST(Processors, NearOnesAreThoseThatAreAllowed) {
  const test::TempFolder devices;
  const std::string gpu = "0000:3b:00.0";
  std::filesystem::create_directories(devices.path() / gpu);
  std::ofstream(devices.path() / gpu / "local_cpulist") << "16-31,48-63\n";

  EXPECT_THAT(processors_near(gpu, {0, 1, 17, 18, 50}, devices.path()), ElementsAre(17, 18, 50));
  EXPECT_THAT(processors_near(gpu, {0, 1}, devices.path()), IsEmpty()) << "none is allowed";
  EXPECT_THAT(processors_near(gpu, {17, 18}, devices.path()), IsEmpty()) << "all are near";
  EXPECT_THAT(processors_near("0000:5e:00.0", {0, 17}, devices.path()), IsEmpty());
  EXPECT_THAT(processors_near("", {0, 17}, devices.path()), IsEmpty());
}

TEST(Processors, AChildStartsOnThoseThatWereChosenAndWeStayWhereWeWere) {
  const std::vector<int> before = allowed_processors();
  ASSERT_FALSE(before.empty());
  ProcessStart start{.program = "grep",
                     .arguments = {"Cpus_allowed_list", "/proc/self/status"},
                     .environment = {},
                     .output = {}};
  start.processors = {before.back()};

  const auto printed = output_of(start, std::chrono::minutes(1));

  ASSERT_TRUE(printed) << printed.error().message;
  EXPECT_THAT(*printed, HasSubstr(fmt::format("\t{}\n", before.back())));
  EXPECT_EQ(allowed_processors(), before);
}

}  // namespace
}  // namespace tarama::orchestrator
