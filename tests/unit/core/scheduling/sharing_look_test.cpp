// When a look at a device is over, and what it measures.
#include "core/scheduling/sharing_look.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace tarama {
namespace {

using namespace std::chrono_literals;

SharedWork two_runs(double first, double second) {
  return {.kind = "minilm", .runs = 2, .done = {{WorkerId{1}, first}, {WorkerId{2}, second}}};
}

TEST(SharingLook, MeasuresWhatAllGetDoneASecond) {
  SharingLook look(10s);

  EXPECT_EQ(look.at(5s, two_runs(7, 8)), std::nullopt);
  EXPECT_EQ(look.at(14s, two_runs(50, 50)), std::nullopt);
  EXPECT_EQ(look.at(15s, two_runs(57, 108)), 15);
  EXPECT_EQ(look.at(24s, two_runs(90, 200)), std::nullopt) << "the next look has begun";
  EXPECT_EQ(look.at(25s, two_runs(107, 258)), 20);
}

TEST(SharingLook, BeginsWhenEachWorkerHasStarted) {
  SharingLook look(10s);

  EXPECT_EQ(look.at(0s, two_runs(100, 0)), std::nullopt);
  EXPECT_EQ(look.at(10s, two_runs(200, 1)), std::nullopt);
  EXPECT_EQ(look.at(20s, two_runs(250, 51)), 10);
}

TEST(SharingLook, BeginsAnewWhenARunEndsOrComes) {
  SharingLook look(10s);
  EXPECT_EQ(look.at(0s, two_runs(1, 1)), std::nullopt);

  SharedWork one = two_runs(100, 1);
  one.runs = 1;
  one.done.erase(WorkerId{2});
  EXPECT_EQ(look.at(10s, one), std::nullopt);
  one.done[WorkerId{1}] = 150;
  EXPECT_EQ(look.at(20s, one), 5);
}

TEST(SharingLook, SaysNothingWhereOneOfThemStoodStill) {
  SharingLook look(10s);
  EXPECT_EQ(look.at(0s, two_runs(1, 1)), std::nullopt);

  EXPECT_EQ(look.at(10s, two_runs(100, 1)), std::nullopt) << "it evaluates";
  EXPECT_EQ(look.at(20s, two_runs(200, 101)), 20);
}

/// One worker of two runs.
SharedWork of_two_runs(double first, RunId other, double second) {
  return {.kind = "minilm",
          .runs = 2,
          .done = {{WorkerId{1}, first + second}},
          .by_run = {{RunId{1}, first}, {other, second}}};
}

TEST(SharingLook, BeginsWhenEachRunOfAWorkerHasStarted) {
  SharingLook look(10s);

  EXPECT_EQ(look.at(0s, of_two_runs(100, RunId{2}, 0)), std::nullopt);
  EXPECT_EQ(look.at(10s, of_two_runs(200, RunId{2}, 1)), std::nullopt);
  EXPECT_EQ(look.at(20s, of_two_runs(250, RunId{2}, 51)), 10);
}

TEST(SharingLook, SaysNothingWhereOneRunOfAWorkerStoodStill) {
  SharingLook look(10s);
  EXPECT_EQ(look.at(0s, of_two_runs(1, RunId{2}, 1)), std::nullopt);

  EXPECT_EQ(look.at(10s, of_two_runs(100, RunId{2}, 1)), std::nullopt) << "it evaluates";
  EXPECT_EQ(look.at(20s, of_two_runs(200, RunId{2}, 101)), 20);
}

TEST(SharingLook, GoesOnWhereTheNextRunCameInTheSameMoment) {
  SharingLook look(10s);
  EXPECT_EQ(look.at(0s, of_two_runs(1, RunId{2}, 50)), std::nullopt);

  // Run 2 has ended meanwhile, at 60; of the third one nothing is done yet.
  SharedWork next = of_two_runs(91, RunId{3}, 0);
  next.done[WorkerId{1}] = 151;
  EXPECT_EQ(look.at(10s, next), 10);
}

}  // namespace
}  // namespace tarama
