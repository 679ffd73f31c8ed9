// A feed that forgets its oldest entries and never gives one twice.
#include "orchestrator/live/ended_runs.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <gmock/gmock.h>
#include <vector>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::int64_t> ids(const EndedRuns::Page& page) {
  std::vector<std::int64_t> ids;
  for (const EndedRun* run : page.runs) {
    ids.push_back(run->run.value);
  }
  return ids;
}

EndedRuns feed_of(std::int64_t runs, std::size_t kept) {
  EndedRuns feed(kept);
  for (std::int64_t run = 1; run <= runs; ++run) {
    feed.add({.run = RunId{run}});
  }
  return feed;
}

TEST(EndedRuns, GoOnBehindTheLastAnswer) {
  const EndedRuns feed = feed_of(5, 10);

  const EndedRuns::Page first = feed.since(0, 3);
  const EndedRuns::Page second = feed.since(first.next, 3);

  EXPECT_THAT(ids(first), ElementsAre(1, 2, 3));
  EXPECT_THAT(ids(second), ElementsAre(4, 5));
  EXPECT_THAT(ids(feed.since(second.next, 3)), IsEmpty());
}

TEST(EndedRuns, AReaderThatComesTooLateGoesOnWithTheOldestThatIsKept) {
  const EndedRuns feed = feed_of(10, 3);

  EXPECT_THAT(ids(feed.since(2, 100)), ElementsAre(8, 9, 10));
}

TEST(EndedRuns, ACursorOfAnotherLifeIsBroughtBack) {
  EXPECT_EQ(feed_of(2, 10).since(4711, 10).next, 2);
}

}  // namespace
}  // namespace tarama::orchestrator
