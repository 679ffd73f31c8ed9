// The grammar of single values, and the distance between names.
#include "orchestrator/config/scalars.hpp"

#include "core/sweep/nearest_name.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/source_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tarama::config::test {

namespace {

using std::chrono::milliseconds;

TEST(Scalars, AreWholeNumbersOnlyInDecimalDigits) {
  EXPECT_EQ(parse_whole("0"), 0);
  EXPECT_EQ(parse_whole("-12"), -12);
  EXPECT_EQ(parse_whole("+12"), 12);
  EXPECT_EQ(parse_whole("9223372036854775807"), 9'223'372'036'854'775'807);
  for (const char* const text : {"", "-", "9223372036854775808", "1.0", "1e3", "0x1", "01", "1 "}) {
    EXPECT_EQ(parse_whole(text), std::nullopt) << text;
  }
}

TEST(Scalars, AreNumbersOnlyIfFinite) {
  EXPECT_EQ(parse_number("1e-4"), 1e-4);
  EXPECT_EQ(parse_number("-.5"), -0.5);
  EXPECT_EQ(parse_number("2."), 2.0);
  for (const char* const text :
       {"", ".", "e5", "1e", "1e999", "inf", ".inf", "nan", "1_0", "0x1p3"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

TEST(Scalars, AreBooleansInThreeSpellings) {
  EXPECT_EQ(parse_boolean("true"), true);
  EXPECT_EQ(parse_boolean("False"), false);
  EXPECT_EQ(parse_boolean("TRUE"), true);
  for (const char* const text : {"yes", "on", "1", "tRUE", ""}) {
    EXPECT_EQ(parse_boolean(text), std::nullopt) << text;
  }
}

TEST(Scalars, AreDurationsWithFallingUnits) {
  EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("1m1ms"), milliseconds(60'001));
  for (const char* const text :
       {"", "5", "h", "0s", "1m1h", "1s1s", "-1s", "1.5h", "1 h", "9999999999999h", "1h0m"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Scalars, AreAmountsOfMemoryWithAUnit) {
  EXPECT_EQ(parse_memory("8G"), std::int64_t{8} << 30);
  EXPECT_EQ(parse_memory("512M"), std::int64_t{512} << 20);
  EXPECT_EQ(parse_memory("1.5GiB"), std::int64_t{1536} << 20);
  EXPECT_EQ(parse_memory("2GB"), 2'000'000'000);
  for (const char* const text :
       {"", "8", "G", "0G", "-1G", "8g", "8 G", "1e3G", "9999999T", "8Gb"}) {
    EXPECT_EQ(parse_memory(text), std::nullopt) << text;
  }
}

TEST(Scalars, AreShownWithoutControlCharactersAndCutBetweenCharacters) {
  EXPECT_EQ(shown("a\tb\x1b[0m"), "a?b?[0m");
  EXPECT_EQ(shown(std::string(59, 'x') + "éé"), std::string(59, 'x') + "...");
  EXPECT_EQ(shown(std::string(60, 'x')), std::string(60, 'x'));
}

TEST(EditDistance, CountsEachSlipOnce) {
  EXPECT_EQ(edit_distance("epochs", "epochs"), 0U);
  EXPECT_EQ(edit_distance("epoch", "epochs"), 1U);
  EXPECT_EQ(edit_distance("haeds", "heads"), 1U);
  EXPECT_EQ(edit_distance("", "lr"), 2U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(SourceText, KnowsCharactersOfUtf8) {
  EXPECT_EQ(character_length("a"), 1U);
  EXPECT_EQ(character_length("é"), 2U);
  EXPECT_EQ(character_length("€"), 3U);
  EXPECT_EQ(character_length("😀"), 4U);
  for (const char* const bad : {"",
                                "\x80",
                                "\xc3",
                                "\xc0\x80",
                                "\xe0\x80\x80",
                                "\xed\xa0\x80",
                                "\xf4\x90\x80\x80",
                                "\xff"}) {
    EXPECT_EQ(character_length(bad), 0U) << bad;
  }
}

TEST(SourceText, CountsColumnsInCharacters) {
  const std::string text = "\xef\xbb\xbfé: 1\nöö: 2\n";
  const SourceText source(text, 0);

  EXPECT_EQ(source.position_at(0, 2), (Position{0, 1, 2}));
  EXPECT_EQ(source.position_at(10), (Position{0, 2, 3}));
  EXPECT_EQ(source.position_at(1'000), (Position{0, 3, 1}));
}

TEST(KeyRules, NameEachKeyOnceAndEachSectionBeforeItsKeys) {
  std::vector<std::string> seen;
  for (const KeyRule& rule : key_rules()) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), rule.key), 0) << rule.key;
    const std::string section = section_of(rule.key);
    EXPECT_TRUE(section.empty() || std::count(seen.begin(), seen.end(), section) == 1) << rule.key;
    EXPECT_FALSE(rule.meaning.empty()) << rule.key;
    seen.push_back(rule.key);
  }
}

}  // namespace

}  // namespace tarama::config::test
