// A program's output through a file that outlives its worker.
#include "worker/program/output_journal.hpp"

#include "tests/support/temp_folder.hpp"
#include "worker/program/metric_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace tarama::program::test {
namespace {

using testing::ElementsAre;

constexpr std::int64_t none = ReportedRow::no_epoch;

class OutputJournalTest : public testing::Test {
 protected:
  OutputJournalTest() { EXPECT_EQ(::pipe2(pipe.data(), O_NONBLOCK | O_CLOEXEC), 0); }

  ~OutputJournalTest() override {
    ::close(pipe[0]);
    ::close(pipe[1]);
  }

  void print(std::string_view text) {
    ASSERT_EQ(::write(pipe[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::string take() {
    std::string block(65536, '\0');
    const ssize_t count = journal.take(pipe[0], block);
    block.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return block;
  }

  tarama::test::TempFolder folder;
  std::filesystem::path path = folder.path() / "attempt-1.output";
  std::filesystem::path mark = folder.path() / "attempt-1.mark";
  OutputJournal journal = std::move(*OutputJournal::create(path, mark));
  std::array<int, 2> pipe{-1, -1};
};

TEST_F(OutputJournalTest, BytesComeAsTheyWerePrintedAndStayInTheFile) {
  print("one\n");
  EXPECT_EQ(take(), "one\n");
  EXPECT_EQ(take(), "");
  EXPECT_EQ(errno, EAGAIN);
  print("two");
  EXPECT_EQ(take(), "two");

  std::string kept;
  std::getline(std::ifstream(path), kept, '\0');
  EXPECT_EQ(kept, "one\ntwo");
}

TEST_F(OutputJournalTest, WhoComesLaterReadsOnFromTheMark) {
  const std::string first = "{\"loss\": 1}\n{\"loss\": 2}\n";
  print(first + "{\"lo");
  static_cast<void>(take());
  journal.set_mark({.offset = static_cast<std::int64_t>(first.size()),
                    .before = {.next_step = 2, .names = {"loss"}},
                    .files = {}});
  print("ss\": 3}\nhalf a line");
  static_cast<void>(take());

  const auto left = make_metrics_file(path, *read_mark(mark));

  EXPECT_THAT(left->look(7), ElementsAre(ReportedRow{"loss", 2, none, 3, 7}));
  EXPECT_THAT(left->look(7), testing::IsEmpty());
}

TEST_F(OutputJournalTest, TheDiskGetsBackWhatIsStored) {
  const std::string block(65536, 'x');
  for (int i = 0; i < 32; ++i) {
    print(block);
    ASSERT_EQ(take().size(), block.size());
  }

  struct stat before {};

  ::fstat(journal.descriptor(), &before);
  journal.set_mark({.offset = journal.taken(), .is_within_line = true, .before = {}, .files = {}});

  struct stat after {};

  ::fstat(journal.descriptor(), &after);
  EXPECT_EQ(journal.unmarked(), 0);
  EXPECT_LT(after.st_blocks, before.st_blocks / 8);
  print("{\"loss\": 1}\n{\"loss\": 2}\n");  // the first ends the line that is too long
  static_cast<void>(take());
  EXPECT_THAT(make_metrics_file(path, *read_mark(mark))->look(0),
              ElementsAre(ReportedRow{"loss", 0, none, 2, 0}));
}

TEST_F(OutputJournalTest, WhatNobodyStoresIsBoundedOnTheDisk) {
  const std::string block(65536, 'x');
  for (std::int64_t bytes = 0; bytes <= most_unmarked_bytes + 65536; bytes += 65536) {
    print(block);
    ASSERT_EQ(take(), block);
  }

  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(journal.unmarked(), 0);
  print("goes on");
  EXPECT_EQ(take(), "goes on");
}

TEST(MetricsFile, ALongLineWithoutNumbersHidesNothingBehindIt) {
  const tarama::test::TempFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  std::ofstream(path) << std::string(3'000'000, 'x') << "\n{\"loss\": 1}\n{\"loss\": 2}";
  const auto source = make_metrics_file(path);

  EXPECT_THAT(source->look(0), ElementsAre(ReportedRow{"loss", 0, none, 1, 0}));
  EXPECT_THAT(source->finish(0), ElementsAre(ReportedRow{"loss", 1, none, 2, 0}))
      << "a last line needs no end";
}

}  // namespace
}  // namespace tarama::program::test
