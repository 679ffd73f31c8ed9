// Levels one after the other: what TPE suggests, of what it was told.
#include "core/search/tpe.hpp"

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

using testing::ElementsAreArray;

Axis rate() {
  return {.key = "lr",
          .values = {},
          .drawn = DrawnRange{.distribution = Distribution::log_uniform, .min = 1e-6, .max = 1}};
}

SweepSpec minimizing(std::vector<Axis> axes) {
  SweepSpec spec;
  spec.parameters = std::move(axes);
  spec.metric.goal = Goal::minimize;
  spec.seed = 7;
  return spec;
}

double number_at(const Point& point, std::size_t axis) {
  return number_of(*point[axis]).value();
}

/// Best at 1e-3.
double loss_of_rate(const Point& point) {
  return std::abs(std::log10(number_at(point, 0)) + 3);
}

/// `count` levels, each told as soon as it is suggested.
template <class Value>
std::vector<Point> one_by_one(Tpe& tpe, int count, const Value& value_of) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const std::optional<Point> next = tpe.next();
    if (!next) {
      break;
    }
    tpe.add(*next);
    tpe.set_value(static_cast<std::size_t>(tpe.levels() - 1), value_of(*next));
    points.push_back(*next);
  }
  return points;
}

TEST(Tpe, BeginsWithPointsThatFillTheSpace) {
  SweepSpec drawn = minimizing({rate()});
  drawn.method = Method::sobol;
  drawn.max_runs = first_levels;
  std::vector<Point> expected;
  visit_points(drawn, [&](const Point& point) {
    expected.push_back(point);
    return true;
  });
  Tpe tpe(minimizing({rate()}));

  EXPECT_THAT(one_by_one(tpe, first_levels, loss_of_rate), ElementsAreArray(expected));
}

TEST(Tpe, SuggestsWhereGoodLevelsWere) {
  Tpe tpe(minimizing({rate()}));
  one_by_one(tpe, 40, loss_of_rate);

  const std::vector<Point> points = one_by_one(tpe, 10, loss_of_rate);
  const auto near =
      std::ranges::count_if(points, [](const Point& point) { return loss_of_rate(point) < 1; });

  EXPECT_GE(near, 7) << "a third of the range has them";
}

TEST(Tpe, SuggestsTheSameAgainOfTheSameLevels) {
  const SweepSpec spec = minimizing({rate(), {"norm", {std::string("pre"), std::string("post")}}});
  Tpe first(spec);
  const std::vector<Point> points = one_by_one(first, 30, loss_of_rate);

  Tpe again(spec);
  for (const Point& point : points) {
    again.add(point);
  }
  for (std::size_t i = points.size(); i-- > 0;) {  // they ended in another order
    again.set_value(i, loss_of_rate(points[i]));
  }

  EXPECT_EQ(again.next(), first.next());
}

TEST(Tpe, MaximizesAsItMinimizesTheOpposite) {
  SweepSpec spec = minimizing({rate()});
  Tpe down(spec);
  spec.metric.goal = Goal::maximize;
  Tpe up(spec);

  const std::vector<Point> fallen = one_by_one(down, 25, loss_of_rate);

  EXPECT_THAT(one_by_one(up, 25, [](const Point& point) { return -loss_of_rate(point); }),
              ElementsAreArray(fallen));
}

TEST(Tpe, SendsWhoeverAsksMeanwhileElsewhere) {
  Tpe tpe(minimizing({rate(), {.key = "dropout", .values = {}, .drawn = DrawnRange{.max = 1}}}));
  one_by_one(tpe, 30, loss_of_rate);

  std::set<Point> open;
  for (int i = 0; i < 8; ++i) {
    const Point next = tpe.next().value();
    open.insert(next);
    tpe.add(next);
  }

  EXPECT_EQ(open.size(), 8U);
}

TEST(Tpe, DrawsUntilEnoughLevelsHaveAValue) {
  Tpe tpe(minimizing({rate()}));
  std::set<Point> points;
  for (int i = 0; i < 30; ++i) {  // all of them run, or have failed
    const Point next = tpe.next().value();
    points.insert(next);
    tpe.add(next);
  }

  EXPECT_EQ(points.size(), 30U);
}

TEST(Tpe, KeepsAwayFromWhatFails) {
  Tpe tpe(minimizing({rate()}));
  // The best of what succeeds is beside what does not.
  const auto fails = [](const Point& point) { return number_at(point, 0) > 1e-3; };
  int failed = 0;
  for (int i = 0; i < 60; ++i) {
    const Point next = tpe.next().value();
    tpe.add(next);
    if (!fails(next)) {
      tpe.set_value(static_cast<std::size_t>(i), -number_at(next, 0));
    } else if (i >= 30) {
      ++failed;
    }
  }

  EXPECT_LE(failed, 15);
}

TEST(Tpe, TriesEachPointOfAFiniteSpaceOnceAndThenNone) {
  Tpe tpe(minimizing({{"epochs", {std::int64_t{2}, std::int64_t{3}, std::int64_t{4}}},
                      {"batch_size", {std::int64_t{8}, std::int64_t{16}, std::int64_t{32}}},
                      {"norm", {std::string("pre"), std::string("post")}}}));

  const std::vector<Point> points =
      one_by_one(tpe, 100, [](const Point& point) { return number_at(point, 0); });

  EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 18U);
  EXPECT_EQ(points.size(), 18U);
  EXPECT_FALSE(tpe.next());
}

TEST(Tpe, GivesNoValueToWhatIsNotActive) {
  Axis momentum{.key = "momentum", .values = {}, .drawn = DrawnRange{.max = 1}};
  momentum.when = {{"kind", {std::string("sgd")}}};
  Tpe tpe(minimizing({momentum, {"kind", {std::string("sgd"), std::string("adam")}}}));

  for (const Point& point : one_by_one(tpe, 40, [](const Point& each) {
         return each[0] ? std::abs(number_at(each, 0) - 0.9) : 0.3;
       })) {
    EXPECT_EQ(point[0].has_value(), point[1] == ParameterValue(std::string("sgd")));
  }
}

TEST(Tpe, LearnsNothingOfLevelsThatAreNoPointsOfItsAxes) {
  Tpe tpe(minimizing({rate()}));
  tpe.add({5.0});
  tpe.set_value(0, -100);

  EXPECT_EQ(tpe.levels(), 1);
  EXPECT_LE(number_at(tpe.next().value(), 0), 1);
}

TEST(Tpe, TakesALevelWithoutANumberForAFailedOne) {
  Tpe tpe(minimizing({rate()}));
  one_by_one(tpe, 20, [](const Point&) { return std::nan(""); });

  EXPECT_TRUE(tpe.next());
}

}  // namespace
}  // namespace tarama
