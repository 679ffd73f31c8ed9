// Values as places on their axes, and back.
#include "core/search/search_space.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

Axis range(DrawnRange drawn) {
  return {.key = "x", .values = {}, .drawn = drawn};
}

std::vector<DrawnRange> all_kinds_of_ranges() {
  return {{.min = -2, .max = 3},
          {.distribution = Distribution::log_uniform, .min = 1e-6, .max = 0.1},
          {.distribution = Distribution::normal, .min = 0, .max = 1, .mu = 0.7, .sigma = 0.2},
          {.min = 0.03, .max = 0.52, .q = 0.05},
          {.min = 1, .max = 8, .is_whole = true},
          {.distribution = Distribution::log_uniform, .min = 1, .max = 100, .is_whole = true},
          {.distribution = Distribution::normal, .min = 0, .max = 9, .mu = 4, .q = 1}};
}

TEST(SearchSpace, FindsTheValueOfAShareAboutThatShare) {
  for (const DrawnRange& drawn : all_kinds_of_ranges()) {
    const SearchSpace space({range(drawn)});
    for (double share = 0.005; share < 1; share += 0.01) {
      const ParameterValue value = value_at_share(range(drawn), share);

      const std::optional<Coordinate> place = space.place_of(0, value);

      ASSERT_TRUE(place);
      EXPECT_LE(place->share.low, share + 1e-4);
      EXPECT_GE(place->share.high, share - 1e-4);
      EXPECT_EQ(space.value_at(0, *place), value);
    }
  }
}

TEST(SearchSpace, LeavesNoGapBetweenNeighbouringSteps) {
  for (const DrawnRange& drawn : all_kinds_of_ranges()) {
    if (drawn.q == 0 && !drawn.is_whole) {
      continue;
    }
    const double step = drawn.q > 0 ? drawn.q : 1;
    double reached = 0;
    for (double number = step * std::ceil(drawn.min / step); number <= drawn.max + 1e-9;
         number += step) {
      const ShareInterval place = interval_of(drawn, number);
      EXPECT_NEAR(place.low, reached, 1e-9);
      reached = place.high;
    }
    EXPECT_DOUBLE_EQ(reached, 1);
  }
}

TEST(SearchSpace, HasListedNumbersInTheirOrderAndNamesInNone) {
  const SearchSpace space({{"batch_size", {std::int64_t{64}, std::int64_t{16}, std::int64_t{32}}},
                           {"norm", {std::string("pre"), std::string("post")}},
                           {"epochs", {std::int64_t{2}, std::int64_t{4}}}});

  EXPECT_EQ(space.names(0), 0U);
  EXPECT_EQ(space.names(1), 2U);
  EXPECT_EQ(space.names(2), 2U);
  EXPECT_DOUBLE_EQ(space.place_of(0, std::int64_t{16})->share.low, 0);
  EXPECT_DOUBLE_EQ(space.place_of(0, std::int64_t{64})->share.high, 1);
  EXPECT_EQ(space.value_at(0, {.share = {.at = 0.5}}), ParameterValue(std::int64_t{32}));
  EXPECT_EQ(space.place_of(1, std::string("post"))->index, 1U);
}

TEST(SearchSpace, HasNoPlaceForWhatIsNotOnTheAxis) {
  const SearchSpace space({range({.min = 1, .max = 8, .is_whole = true}),
                           {"norm", {std::string("pre"), std::string("post")}}});

  EXPECT_FALSE(space.place_of(0, std::int64_t{9}));
  EXPECT_FALSE(space.place_of(0, std::string("many")));
  EXPECT_FALSE(space.places_of({std::int64_t{3}, std::string("sandwich")}));
}

TEST(SearchSpace, AsksWhatAnAxisDependsOnBeforeIt) {
  Axis beta{"beta", {0.1, 0.2}};
  beta.when = {{"kind", {std::string("b")}}};
  const SearchSpace space({beta, {"kind", {std::string("a"), std::string("b")}}});

  EXPECT_THAT(space.order(), ElementsAre(1, 0));
  EXPECT_TRUE(space.is_active(0, {std::nullopt, std::string("b")}));
  EXPECT_FALSE(space.is_active(0, {std::nullopt, std::string("a")}));
}

}  // namespace
}  // namespace tarama
