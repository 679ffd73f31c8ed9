// A program's output: lines of any length, and a log that stays small.
#include "worker/program/output_lines.hpp"
#include "worker/program/program_log.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama::program::test {
namespace {

using testing::ElementsAre;

TEST(OutputLines, AreWholeHoweverTheyAreCut) {
  std::vector<std::string> seen;
  const auto take = [&](std::string_view line, bool /*is_whole*/) { seen.emplace_back(line); };
  OutputLines lines;
  for (const char letter : std::string("one\r\n\ntwo\nhalf")) {
    lines.add({&letter, 1}, take);
  }
  lines.finish(take);

  EXPECT_THAT(seen, ElementsAre("one", "", "two", "half"));
}

TEST(OutputLines, ALineWithoutEndIsCutAndToldAsSuch) {
  std::vector<std::pair<std::size_t, bool>> seen;
  const auto take = [&](std::string_view line, bool is_whole) {
    seen.emplace_back(line.size(), is_whole);
  };
  OutputLines lines;
  const std::string block(300'000, 'x');
  for (int i = 0; i < 10; ++i) {
    lines.add(block, take);
  }
  lines.add("\nnext\n", take);

  EXPECT_THAT(seen, ElementsAre(std::pair(longest_line, false), std::pair(std::size_t{4}, true)));
}

TEST(ProgramLog, KeepsTheFirstLinesAndTheLastOnes) {
  std::vector<std::string> said;
  ProgramLog log([&](const std::string& line) { said.push_back(line); }, {.first = 8, .last = 8});
  for (const char* const line : {"aaa", "bbb", "ccc", "ddd", "eee"}) {
    log.add(line);
  }
  EXPECT_THAT(said, ElementsAre("aaa", "bbb"));
  log.finish();

  EXPECT_THAT(
      said,
      ElementsAre("aaa", "bbb", "[tarama: 4 bytes of output are left out here]", "ddd", "eee"));
  EXPECT_EQ(log.last_line(), "eee");
}

TEST(ProgramLog, WhatTaramaAddsIsNoLastLineOfTheProgram) {
  std::vector<std::string> said;
  ProgramLog log([&](const std::string& line) { said.push_back(line); });
  log.add("step 3");

  log.add_remark("[tarama: killed]");

  EXPECT_THAT(said, ElementsAre("step 3", "[tarama: killed]"));
  EXPECT_EQ(log.last_line(), "step 3");
}

}  // namespace
}  // namespace tarama::program::test
