// UTF-8, lines and labels: the small steps between a file's bytes and its examples.
#include "input/data/label_classes.hpp"
#include "input/files/text_file.hpp"
#include "input/files/utf8.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <string>

namespace tarama::input {
namespace {

using Classes = std::vector<std::string>;

std::string repaired(std::string text) {
  replace_invalid_utf8(text);
  return text;
}

// The right-hand sides are what Python's bytes.decode("utf-8", "replace") gives.
TEST(Utf8, ReplacesWhatIsNotUtf8AsPythonDoes) {
  EXPECT_EQ(repaired("caf\xE9 b"), "caf\uFFFD b");
  EXPECT_EQ(repaired("\xE2\x82 \xF0\x9F\x98"), "\uFFFD \uFFFD");
  EXPECT_EQ(repaired("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(repaired("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(repaired("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(repaired("\xF0\x9F\x98\x80ß"), "\xF0\x9F\x98\x80ß");
}

TEST(Utf8, CountsEachReplacement) {
  std::string text = "a\xFF\xFE b\xE2\x82";

  EXPECT_EQ(replace_invalid_utf8(text), 3);
}

RC_GTEST_PROP(Utf8, RepairedTextNeedsNoFurtherRepair, (std::string bytes)) {
  const std::string once = repaired(bytes);
  std::string twice = once;

  RC_ASSERT(replace_invalid_utf8(twice) == 0);
  RC_ASSERT(twice == once);
}

RC_GTEST_PROP(Utf8, EveryCodePointComesBack, ()) {
  const auto code_point =
      *rc::gen::suchThat(rc::gen::inRange<std::uint32_t>(0, 0x110000),
                         [](std::uint32_t c) { return c < 0xD800 || c > 0xDFFF; });
  std::string text;
  append_utf8(text, code_point);
  std::size_t at = 0;

  RC_ASSERT(next_code_point(text, at) == std::optional<char32_t>(code_point));
  RC_ASSERT(at == text.size());
}

TEST(TextFile, DropsAByteOrderMarkAndCountsReplacements) {
  const Text text = text_of(
      "\xEF\xBB\xBF"
      "a\xFF");

  EXPECT_EQ(text.text, "a\uFFFD");
  EXPECT_EQ(text.replaced, 1);
}

TEST(LabelClasses, IntegersAreSortedByValue) {
  EXPECT_EQ(classes_of({"10", "9", "-1", "9", "0"}), (Classes{"-1", "0", "9", "10"}));
}

TEST(LabelClasses, OneLabelThatIsNoIntegerMakesAllOfThemStrings) {
  EXPECT_EQ(classes_of({"10", "9", "x"}), (Classes{"10", "9", "x"}));
  EXPECT_EQ(classes_of({"10", "9", "01"}), (Classes{"01", "10", "9"}));
}

TEST(LabelClasses, StringsAreSortedByBytes) {
  EXPECT_EQ(classes_of({"ä", "b", "B"}), (Classes{"B", "b", "ä"}));
}

}  // namespace
}  // namespace tarama::input
