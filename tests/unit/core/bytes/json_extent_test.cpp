// Texts that would cost a parser its stack, its memory or its evening are known before they are
// parsed.
#include "core/bytes/json_extent.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>

namespace tarama {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

constexpr JsonLimits tight{.depth = 3, .values = 5, .keys_of_object = 2};

TEST(JsonExtent, WhatPeopleWriteIsWithinTheLimits) {
  EXPECT_EQ(beyond(tight, R"({"a": [1, 2], "b": {"c": "x"}})"), std::nullopt);
  EXPECT_EQ(beyond({}, ""), std::nullopt);
}

TEST(JsonExtent, DepthIsCountedAndSiblingsAreNot) {
  EXPECT_EQ(beyond(tight, "[[[]], [[]]]"), std::nullopt);
  EXPECT_THAT(beyond(tight, "[[[[]]]]"),
              Optional(Eq("byte 3: more than 3 levels within each other")));
  EXPECT_THAT(beyond({}, std::string(std::size_t{64} << 20, '[')),
              Optional(HasSubstr("byte 64: more than 64 levels")));
}

TEST(JsonExtent, ValuesAreCountedOverAll) {
  EXPECT_EQ(beyond(tight, "[1, 2, 3]"), std::nullopt);
  EXPECT_THAT(beyond(tight, "[1, 2, 3, 4, 5]"), Optional(Eq("byte 11: more than 5 values")));
}

TEST(JsonExtent, KeysAreCountedByTheObject) {
  EXPECT_EQ(beyond(tight, R"([{"a": 1, "b": 2}, {"c": 1}])"), std::nullopt);
  EXPECT_THAT(beyond(tight, R"({"a": 1, "b": 2, "c": 3})"),
              Optional(HasSubstr("an object with more than 2 keys")));
}

TEST(JsonExtent, WhatStandsInStringsIsText) {
  EXPECT_EQ(beyond(tight, R"({"[[[[[[": ",,,,,,\"[[[[[[,,,,,,\\"})"), std::nullopt);
  EXPECT_EQ(beyond(tight, R"("unfinished \)"), std::nullopt);
}

}  // namespace
}  // namespace tarama
