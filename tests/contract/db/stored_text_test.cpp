// Texts as they may be stored.
#include "db/stored_text.hpp"

#include <gtest/gtest.h>

namespace tarama::db::test {
namespace {

TEST(StoredText, KeepsWhatIsUtf8) {
  for (const std::string text : {"", "plain", "\u00e9\u20ac\U0001f600", "\ud7ff\ue000\U0010ffff"}) {
    EXPECT_TRUE(is_sound_text(text));
    EXPECT_EQ(stored_text(text), text);
  }
}

TEST(StoredText, ReplacesEveryByteThatIsNot) {
  EXPECT_EQ(stored_text("a\xffz"), "a\ufffdz");
  EXPECT_EQ(stored_text("\xc3"), "\ufffd");
  EXPECT_EQ(stored_text("\xc0\xaf"), "\ufffd\ufffd");                      // overlong
  EXPECT_EQ(stored_text("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");            // a surrogate
  EXPECT_EQ(stored_text("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");  // past U+10FFFF
  EXPECT_EQ(stored_text(std::string("a\0b", 3)), "a\ufffdb");
}

TEST(StoredText, OfAnyTwoBytesWhatIsStoredIsSound) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      EXPECT_TRUE(is_sound_text(stored_text(text)));
      EXPECT_EQ(is_sound_text(text), stored_text(text) == text);
    }
  }
}

TEST(StoredMessage, IsWholeUpToTheLimitAndCutBeyondIt) {
  const std::string whole(longest_message, 'x');
  EXPECT_EQ(stored_message(whole), whole);
  EXPECT_EQ(stored_message(whole + "x"), whole.substr(3) + "...");
  EXPECT_LE(stored_message(std::string(longest_message, '\xff')).size(), longest_message);
}

}  // namespace
}  // namespace tarama::db::test
