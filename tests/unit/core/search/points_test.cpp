// Which points a sweep has: all, those whose conditions hold, or a sample.
#include "core/search/points.hpp"

#include "core/search/drawn_values.hpp"
#include "core/search/grid.hpp"
#include "core/sweep/parameter_value.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <gmock/gmock.h>
#include <set>
#include <string>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

SweepSpec sampled(Method method, std::vector<Axis> axes, std::int64_t max_runs) {
  SweepSpec spec;
  spec.method = method;
  spec.max_runs = max_runs;
  spec.parameters = std::move(axes);
  return spec;
}

std::vector<Point> points_of(const SweepSpec& spec) {
  std::vector<Point> points;
  visit_points(spec, [&](const Point& point) {
    points.push_back(point);
    return true;
  });
  return points;
}

std::vector<double> numbers_of(const SweepSpec& spec, std::size_t axis) {
  std::vector<double> numbers;
  for (const Point& point : points_of(spec)) {
    numbers.push_back(number_of(*point[axis]).value());
  }
  return numbers;
}

Axis whole_axis(const std::string& key, std::vector<std::int64_t> values) {
  return {key, {values.begin(), values.end()}};
}

Axis rates() {
  return {.key = "lr",
          .values = {},
          .drawn = DrawnRange{.distribution = Distribution::log_uniform, .min = 1e-5, .max = 1e-2}};
}

Axis uniform(double min, double max) {
  return {.key = "dropout", .values = {}, .drawn = DrawnRange{.min = min, .max = max}};
}

class Sampled : public testing::TestWithParam<Method> {};

TEST_P(Sampled, HasAsManyPointsAsRunsAndReplicatesAllow) {
  SweepSpec spec = sampled(GetParam(), {rates()}, 20);
  spec.replicates = 3;

  EXPECT_EQ(points_of(spec).size(), 6U);
  EXPECT_EQ(count_levels(spec), 6);
}

TEST_P(Sampled, StaysWithinItsBoundsAndIsSpreadAsItsDistributionSays) {
  const std::vector<double> drawn = numbers_of(sampled(GetParam(), {rates()}, 1000), 0);

  EXPECT_GE(std::ranges::min(drawn), 1e-5);
  EXPECT_LE(std::ranges::max(drawn), 1e-2);
  const auto below = std::ranges::count_if(drawn, [](double rate) { return rate < 1e-4; });
  EXPECT_NEAR(static_cast<double>(below) / 1000, 1.0 / 3, 0.05);
}

TEST_P(Sampled, BeginsWithTheSamePointsWhenItHasMoreRuns) {
  const std::vector<Axis> axes = {rates(), uniform(0, 0.5), whole_axis("epochs", {2, 3})};
  const std::vector<Point> few = points_of(sampled(GetParam(), axes, 10));
  std::vector<Point> many = points_of(sampled(GetParam(), axes, 100));

  many.resize(few.size());
  EXPECT_EQ(many, few);
}

TEST_P(Sampled, DiffersWithTheSeed) {
  SweepSpec other = sampled(GetParam(), {rates()}, 5);
  other.seed = 2;

  EXPECT_NE(points_of(other), points_of(sampled(GetParam(), {rates()}, 5)));
}

TEST_P(Sampled, HasEachPointOnceAndEndsWhereThereAreNoMore) {
  const std::vector<Point> points = points_of(
      sampled(GetParam(), {whole_axis("epochs", {1, 2, 3}), whole_axis("layers", {1, 2})}, 100));

  EXPECT_EQ(points.size(), 6U);
  EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 6U);
}

TEST_P(Sampled, DrawsWholeNumbersAndMultiplesToBothEnds) {
  const Axis layers{
      .key = "layers", .values = {}, .drawn = DrawnRange{.min = 1, .max = 4, .is_whole = true}};
  Axis steps = uniform(0, 0.3);
  steps.drawn->q = 0.1;
  const std::vector<double> wholes = numbers_of(sampled(GetParam(), {layers}, 100), 0);
  const std::vector<double> tenths = numbers_of(sampled(GetParam(), {steps}, 100), 0);

  EXPECT_THAT(std::set<double>(wholes.begin(), wholes.end()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(std::set<double>(tenths.begin(), tenths.end()), ElementsAre(0, 0.1, 0.2, 0.3));
}

TEST_P(Sampled, HasNoNegativeZero) {
  Axis warmup = uniform(0, 0.3);
  warmup.drawn->q = 0.1;
  for (const double drawn : numbers_of(sampled(GetParam(), {warmup}, 100), 0)) {
    EXPECT_FALSE(std::signbit(drawn));
  }
}

TEST_P(Sampled, CutsANormalDistributionOffAtItsBounds) {
  Axis decay = uniform(0, 0.3);
  decay.drawn->distribution = Distribution::normal;
  decay.drawn->mu = 0.1;
  decay.drawn->sigma = 0.1;
  const std::vector<double> drawn = numbers_of(sampled(GetParam(), {decay}, 1000), 0);

  EXPECT_GE(std::ranges::min(drawn), 0);
  EXPECT_LE(std::ranges::max(drawn), 0.3);
  // Of a normal cut off at -1 and +2 standard deviations, .417 of .819 lies below the middle.
  const auto below =
      std::ranges::count_if(drawn, [](double decay_drawn) { return decay_drawn < 0.1; });
  EXPECT_NEAR(static_cast<double>(below) / 1000, 0.417, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Methods, Sampled, testing::Values(Method::random, Method::sobol));

// A (0,m,2)-net in base 2: each of 2^m points has a cell of every shape of that size to itself.
TEST(SobolPoints, FillEveryCellOfANetOnce) {
  SweepSpec spec = sampled(Method::sobol, {uniform(0, 1), uniform(0, 1)}, 64);
  for (spec.seed = 1; spec.seed <= 5; ++spec.seed) {
    DrawnPoints draws(spec);
    std::vector<Point> points;
    for (int i = 0; i < 63; ++i) {  // the engine leaves out the origin, the first of the net
      points.push_back(draws.next());
    }
    for (const auto& [columns, rows] : {std::pair{64, 1}, {8, 8}, {1, 64}, {16, 4}}) {
      std::set<std::pair<int, int>> cells;
      for (const Point& point : points) {
        cells.emplace(static_cast<int>(number_of(*point[0]).value() * columns),
                      static_cast<int>(number_of(*point[1]).value() * rows));
      }
      EXPECT_EQ(cells.size(), 63U) << columns << " x " << rows << ", seed " << spec.seed;
    }
  }
}

TEST(Conditions, LeaveOutWhatDoesNotHold) {
  SweepSpec spec;
  spec.parameters = {whole_axis("layers", {2, 4}),
                     whole_axis("heads", {2, 4, 8}),
                     {"norm", {std::string("post"), std::string("pre")}}};
  spec.parameters[1].when = {{"layers", {std::int64_t{4}}}};
  spec.parameters[2].when = {{"heads", {std::int64_t{8}}}};

  std::vector<std::string> texts;
  for (const Level& level : expand_levels(spec).value()) {
    LevelParams params(level.params.begin() + 3, level.params.end());
    texts.push_back(params_text(params));
  }

  EXPECT_THAT(texts,
              ElementsAre("layers 2",
                          "layers 4, heads 2",
                          "layers 4, heads 4",
                          "layers 4, heads 8, norm post",
                          "layers 4, heads 8, norm pre"));
  EXPECT_EQ(count_levels(spec), 5);
}

TEST(Conditions, OfNestedChoicesGiveTheNestedSumNotTheProduct) {
  // 2 ways, of which one has 4 x 5 settings of its own and the other 4: 24, not 2 x 4 x 5 x 4.
  SweepSpec spec;
  spec.parameters = {{"norm", {std::string("post"), std::string("pre")}},
                     whole_axis("layers", {1, 2, 3, 4}),
                     whole_axis("heads", {1, 2, 3, 4, 5}),
                     whole_axis("hidden", {1, 2, 3, 4})};
  spec.parameters[1].when = {{"norm", {std::string("post")}}};
  spec.parameters[2].when = {{"norm", {std::string("post")}}};
  spec.parameters[3].when = {{"norm", {std::string("pre")}}};

  EXPECT_EQ(count_levels(spec), 24);
}

TEST(Conditions, HoldInSamplesToo) {
  SweepSpec spec = sampled(Method::random, {whole_axis("layers", {1, 2}), uniform(0, 0.5)}, 50);
  spec.parameters[1].when = {{"layers", {std::int64_t{2}}}};

  const std::vector<Point> points = points_of(spec);

  EXPECT_EQ(points.size(), 50U);
  const auto without = std::ranges::count_if(points, [](const Point& point) { return !point[1]; });
  EXPECT_EQ(without, 1);  // layers 1 is one point, however often it is drawn
}

}  // namespace
}  // namespace tarama
