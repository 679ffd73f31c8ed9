// Answers that are kept are those of the state that is asked about.
#include "cli/page/answer_cache.hpp"

#include <gtest/gtest.h>

namespace tarama::cli {
namespace {

TEST(AnswerCache, KnowsAnAnswerOfTheSameStateAlone) {
  AnswerCache cache(4, 1000);
  cache.keep("q", "1", "old");
  EXPECT_EQ(*cache.find("q", "1"), "old");
  EXPECT_EQ(cache.find("q", "2"), nullptr);

  cache.keep("q", "2", "new");

  EXPECT_EQ(cache.find("q", "1"), nullptr);
  EXPECT_EQ(*cache.find("q", "2"), "new");
}

TEST(AnswerCache, LetsGoOfWhatWasNotAskedForLongest) {
  AnswerCache cache(2, 1000);
  cache.keep("a", "1", "A");
  cache.keep("b", "1", "B");
  static_cast<void>(cache.find("a", "1"));

  cache.keep("c", "1", "C");

  EXPECT_NE(cache.find("a", "1"), nullptr);
  EXPECT_EQ(cache.find("b", "1"), nullptr);
}

TEST(AnswerCache, HoldsNoMoreBytesThanItMay) {
  AnswerCache cache(10, 10);
  cache.keep("a", "1", std::string(6, 'a'));
  cache.keep("b", "1", std::string(6, 'b'));
  EXPECT_EQ(cache.find("a", "1"), nullptr);
  EXPECT_NE(cache.find("b", "1"), nullptr);

  cache.keep("c", "1", std::string(20, 'c'));  // never fits

  EXPECT_EQ(cache.find("c", "1"), nullptr);
}

}  // namespace
}  // namespace tarama::cli
