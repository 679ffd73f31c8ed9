// Where lines of attempts go, and what the process prints meanwhile.
#include "worker/agent/run_log.hpp"

#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace tarama {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(ProcessOutput, GoesToTheLogOfTheOneAttemptAtWorkAndToNoneWhereThereAreSeveral) {
  const test::TempFolder folder;
  const std::filesystem::path first = folder.path() / "first.log";
  const std::filesystem::path second = folder.path() / "second.log";
  {
    const RunLog one = RunLog::open(first).value();
    const RunLog other = RunLog::open(second).value();
    ProcessOutput output;
    const ProcessOutput::Share of_one(output, one);
    std::fputs("alone\n", stderr);
    {
      const ProcessOutput::Share of_other(output, other);
      std::fputs("(of nobody: two attempts are at work)\n", stderr);
      one.say("of the first");
      other.say("of the second");
    }
    std::fputs("alone again\n", stderr);
  }
  std::fputs("(of nobody: none is at work)\n", stderr);

  EXPECT_EQ(text_of(first), "alone\nof the first\nalone again\n");
  EXPECT_EQ(text_of(second), "of the second\n");
}

}  // namespace
}  // namespace tarama
