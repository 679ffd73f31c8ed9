// How many runs a refinement is expected to take, held against playing it.
#include "core/statistics/zone_forecast.hpp"

#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::statistics {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr IndifferenceZone zone{.within = .5, .first = 5, .most = 1000};

/// Runs of one play: each level until it is dropped, the one that is left until the end.
std::int64_t runs_of_play(const std::vector<double>& behind, std::int64_t trial) {
  std::vector<LevelSample> samples(behind.size());
  for (std::size_t i = 0; i < behind.size(); ++i) {
    PhiloxStream noise({.seed = 100 * trial + static_cast<std::int64_t>(i),
                        .place = Place::fake_noise,
                        .step = 1});
    samples[i].level = LevelId{static_cast<std::int64_t>(i) + 1};
    for (std::int64_t seed = 1; seed <= 300; ++seed) {
      samples[i].values.push_back({seed, noise.normal() - behind[i]});
    }
  }
  const ZoneVerdict verdict = within_zone(samples, zone);
  std::int64_t runs = verdict.seeds;
  for (const DroppedLevel& dropped : verdict.dropped) {
    runs += dropped.seeds;
  }
  return runs;
}

TEST(ZoneForecast, IsWhatPlayingComesToOnTheAverage) {
  const std::vector<double> behind = {0, .5, 1, 2};
  constexpr int trials = 40;
  std::int64_t played = 0;
  for (int trial = 1; trial <= trials; ++trial) {
    played += runs_of_play(behind, trial);
  }

  const ZoneForecast forecast = forecast_zone({behind, 2}, zone);

  const double mean = static_cast<double>(played) / trials;
  EXPECT_TRUE(forecast.is_reached);
  EXPECT_NEAR(static_cast<double>(forecast.runs), mean, .5 * mean);
}

TEST(ZoneForecast, StopsAtTheMostAndSaysSo) {
  const ZoneForecast forecast =
      forecast_zone({{0, 0, 0}, 2}, {.within = .1, .first = 5, .most = 20});

  EXPECT_EQ(forecast.runs, 60);
  EXPECT_FALSE(forecast.is_reached);
  EXPECT_GT(forecast.runs_wanted, 1000);
}

TEST(ZoneForecast, OfOneLevelIsItsFirstSeeds) {
  EXPECT_EQ(forecast_zone({{0}, 2}, zone), (ZoneForecast{5, true, 5}));
}

TEST(ZoneForecast, SupposesANormalSampleOfLevels) {
  EXPECT_THAT(supposed_distances(3, 2),
              ElementsAre(0, DoubleNear(1.74, .01), DoubleNear(3.48, .01)));
}

}  // namespace
}  // namespace tarama::statistics
