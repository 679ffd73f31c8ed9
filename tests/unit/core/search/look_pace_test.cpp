// Soon enough, and not too often.
#include "core/search/look_pace.hpp"

#include <gtest/gtest.h>

namespace tarama {
namespace {

TEST(LookPace, LooksAtEachReportOfARunOfFewValues) {
  LookPace pace;
  for (int i = 0; i < 4000; ++i) {
    EXPECT_TRUE(pace.is_due(1));
  }
}

TEST(LookPace, ReadsAsMuchAsThereIsSomeTimesOverAndIsNeverLate) {
  constexpr std::int64_t values = 1'000'000;
  constexpr std::int64_t batch = 64;
  LookPace pace;
  std::int64_t read = 0;
  std::int64_t last = 0;
  for (std::int64_t there = batch; there <= values; there += batch) {
    if (pace.is_due(batch)) {
      read += there;
      last = there;
    }
    EXPECT_LE(there - last, last / 64);
  }

  EXPECT_LE(read, 70 * values);  // at each report it would be 7,800 times
}

}  // namespace
}  // namespace tarama
