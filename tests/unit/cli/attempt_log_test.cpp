// Reading the logs that workers leave.
#include "cli/attempt_log.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace tarama::cli {
namespace {

class AttemptLog : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) {
    const auto file = folder_.path() / "attempt-1.log";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  test::TempFolder folder_;
};

TEST_F(AttemptLog, TheTailIsTheLastLines) {
  const auto file = write("one\ntwo\nthree\n");

  EXPECT_EQ(log_tail(file, 2), "two\nthree\n");
  EXPECT_EQ(log_tail(file, 3), "one\ntwo\nthree\n");
  EXPECT_EQ(log_tail(file, 9), "one\ntwo\nthree\n");
}

TEST_F(AttemptLog, ALineWithoutItsEndCounts) {
  EXPECT_EQ(log_tail(write("one\ntwo"), 1), "two");
}

TEST_F(AttemptLog, TheTailOfAHugeLogIsReadFromItsEnd) {
  const auto file = write(std::string(200'000, 'x') + "\nlast\n");

  EXPECT_EQ(log_tail(file, 1), "last\n");
}

TEST_F(AttemptLog, ALogThatIsNotThereIsEmpty) {
  EXPECT_EQ(log_tail("/nowhere/attempt-1.log", 3), "");
  EXPECT_EQ(log_part("/nowhere/attempt-1.log", 0, 9), std::nullopt);
}

TEST_F(AttemptLog, NewsBeginWhereTheLastReadEnded) {
  const auto file = write("one\ntwo\n");

  EXPECT_EQ(log_part(file, 4, 99), "two\n");
  EXPECT_EQ(log_part(file, 8, 99), "");
}

TEST_F(AttemptLog, APartIsNoLongerThanAskedFor) {
  const auto file = write("one\ntwo\n");

  EXPECT_EQ(log_part(file, 0, 3), "one");
  EXPECT_EQ(log_part(file, 3, 3), "\ntw");
}

}  // namespace
}  // namespace tarama::cli
