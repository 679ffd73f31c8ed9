// The summary of prepared inputs as JSON and back.
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <gtest/gtest.h>

namespace tarama::orchestrator {
namespace {

TEST(PreparedSummary, ComesBackFromItsJson) {
  const PreparedSummary summary{
      {{"d1", "m1", 1, 2, 3, 4, 5, 6, 7, 8, 9}, {"d2", "", 10, 20, 0, 40, 50, 60, 70, 80, 90}},
      {0, 1, 1, 0}};

  const auto back = prepared_summary_from_json(to_json(summary));

  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, summary);
}

TEST(PreparedSummary, AnotherTextIsCorrupt) {
  for (const char* text : {"", "[]", "{}", R"({"variants":[{}],"variant_of_level":[0]})"}) {
    const auto back = prepared_summary_from_json(text);
    ASSERT_FALSE(back.has_value()) << text;
    EXPECT_EQ(back.error().code, Errc::corrupt);
  }
}

}  // namespace
}  // namespace tarama::orchestrator
