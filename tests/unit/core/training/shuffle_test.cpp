// Orders and splits: complete, fair, and the same for the same seed.
#include "core/training/shuffle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <gmock/gmock.h>
#include <map>
#include <numeric>
#include <rapidcheck.h>
#include <set>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

TEST(Shuffle, GivesEveryExampleOnce) {
  std::vector<std::int64_t> order = shuffled_order(1000, 7, 1);

  EXPECT_FALSE(std::ranges::is_sorted(order));
  std::ranges::sort(order);
  std::vector<std::int64_t> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

// The order is part of every run's numbers: a change here needs a new numerics_version.
TEST(Shuffle, StaysAsItIs) {
  EXPECT_THAT(shuffled_order(8, 1, 1), ElementsAre(4, 2, 0, 6, 3, 5, 7, 1));
  EXPECT_THAT(shuffled_order(8, 1, 2), ElementsAre(0, 1, 5, 3, 4, 7, 2, 6));
  EXPECT_THAT(shuffled_order(8, 2, 1), ElementsAre(5, 1, 7, 0, 3, 6, 2, 4));
}

TEST(Shuffle, MakesEachOrderEquallyLikely) {
  std::map<std::vector<std::int64_t>, int> counts;

  for (std::int64_t seed = 0; seed < 6000; ++seed) {
    ++counts[shuffled_order(3, seed, 1)];
  }

  EXPECT_EQ(counts.size(), 6U);
  for (const auto& [order, count] : counts) {
    EXPECT_NEAR(count, 1000, 120);  // 4 standard deviations
  }
}

TEST(Shuffle, OfNothingIsNothing) {
  EXPECT_TRUE(shuffled_order(0, 1, 1).empty());
}

TEST(StratifiedSplit, TakesTheShareOfEachClass) {
  std::vector<std::int32_t> labels(100, 0);
  std::fill(labels.begin() + 80, labels.end(), 1);

  const std::vector<std::int64_t> chosen = stratified_split(labels, 0.1, 3);

  EXPECT_TRUE(std::ranges::is_sorted(chosen));
  EXPECT_EQ(chosen.size(), 10U);
  EXPECT_EQ(std::ranges::count_if(chosen, [](auto example) { return example >= 80; }), 2);
  EXPECT_EQ(chosen, stratified_split(labels, 0.1, 3));
  EXPECT_NE(chosen, stratified_split(labels, 0.1, 4));
}

TEST(StratifiedSplit, LeavesEveryClassSomethingOnBothSides) {
  EXPECT_TRUE(rc::check("whatever the labels and the share", [] {
    const auto labels = *rc::gen::container<std::vector<std::int32_t>>(rc::gen::inRange(0, 4));
    const double share = *rc::gen::element(0.001, 0.1, 0.5, 0.999);

    const std::vector<std::int64_t> chosen = stratified_split(labels, share, 1);

    std::map<std::int32_t, std::int64_t> eval;
    for (const std::int64_t example : chosen) {
      ++eval[labels.at(static_cast<std::size_t>(example))];
    }
    RC_ASSERT(std::set(chosen.begin(), chosen.end()).size() == chosen.size());
    for (const std::int32_t label : labels) {
      const auto members = std::ranges::count(labels, label);
      const bool is_fair =
          members < 2 ? eval[label] == 0 : eval[label] >= 1 && eval[label] < members;
      RC_ASSERT(is_fair);
    }
  }));
}

}  // namespace
}  // namespace tarama
