// Curves as they are drawn: nothing that matters is lost.
#include "documents/curves/curve.hpp"

#include "documents/curves/stored_curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace tarama {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

constexpr float none = std::numeric_limits<float>::quiet_NaN();

Curve curve_of(std::vector<float> values) {
  Curve curve{.x = {}, .y = std::move(values)};
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    curve.x.push_back(static_cast<double>(i));
  }
  return curve;
}

TEST(Reduced, GivesFewPointsAsTheyAre) {
  const Curve curve = curve_of({3, 1, 2});
  EXPECT_EQ(reduced(curve, {.from = 0, .to = 2, .pixels = 100}), curve);
}

TEST(Reduced, KeepsEveryPeakAndAtMostTwoPointsAPixel) {
  Curve curve = curve_of(std::vector<float>(100'000, 1));
  curve.y[77'777] = 9;
  curve.y[33'333] = -9;

  const Curve drawn = reduced(curve, {.from = 0, .to = 99'999, .pixels = 300});

  EXPECT_LE(drawn.size(), 600U);
  EXPECT_EQ(std::ranges::count(drawn.y, 9.0F), 1);
  EXPECT_EQ(std::ranges::count(drawn.y, -9.0F), 1);
  EXPECT_TRUE(std::ranges::is_sorted(drawn.x));
}

TEST(Reduced, ShowsTheWindowAndOnePointOnEachSide) {
  const Curve drawn = reduced(curve_of({0, 1, 2, 3, 4, 5}), {.from = 2, .to = 3, .pixels = 10});
  EXPECT_THAT(drawn.x, ElementsAre(1, 2, 3, 4));
}

TEST(Reduced, IsEmptyWhereThereIsNothing) {
  EXPECT_EQ(reduced(Curve{}, {.from = 0, .to = 1, .pixels = 10}).size(), 0U);
}

TEST(Smoothed, HalvesAnOldValueAfterItsHalfLife) {
  const Curve smooth = smoothed(curve_of({1, 1, 1, 1, 1, 1, 1, 1, 0}), 1);
  EXPECT_THAT(smooth.y.front(), FloatNear(1, 1e-6F));
  EXPECT_THAT(smooth.y.back(), FloatNear(0.5F, 0.01F));
}

TEST(Smoothed, PassesOverWhatIsNoNumber) {
  const Curve smooth = smoothed(curve_of({2, none, 2}), 5);
  EXPECT_TRUE(std::isnan(smooth.y[1]));
  EXPECT_THAT(smooth.y[2], FloatNear(2, 1e-6F));
}

TEST(BandOf, HasMedianAndQuantilesOverTheRunsThatAreThere) {
  std::vector<Curve> curves;
  for (int run = 0; run <= 10; ++run) {
    curves.push_back(curve_of({static_cast<float>(run), static_cast<float>(run)}));
  }
  curves[10].x.pop_back();  // it did not get so far
  curves[10].y.pop_back();

  const CurveBand band = band_of(curves, {.from = 0, .to = 1, .pixels = 10});

  EXPECT_THAT(band.median, ElementsAre(FloatNear(5, 1e-6F), FloatNear(4.5F, 1e-6F)));
  EXPECT_THAT(band.low, ElementsAre(FloatNear(1, 1e-6F), FloatNear(0.9F, 1e-6F)));
  EXPECT_THAT(band.high, ElementsAre(FloatNear(9, 1e-6F), FloatNear(8.1F, 1e-6F)));
}

TEST(Packed, KeepsBothEndsAndWhatIsNoNumber) {
  const PackedNumbers numbers = packed({0.25F, none, 0.75F});
  EXPECT_EQ(numbers.low, 0.25);
  EXPECT_EQ(numbers.high, 0.75);
  EXPECT_EQ(numbers.base64, "AAD///7/");  // 0, 65535, 65534
}

}  // namespace
}  // namespace tarama
