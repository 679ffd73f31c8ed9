// How many runs a simulated GPU gets.
#include "core/scheduling/device_sharing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

namespace tarama {
namespace {

/// Steps a second of so many runs together.
using Gpu = std::function<double(std::int64_t runs)>;

/// Grows in proportion until the GPU is full, then no more.
Gpu full_at(double runs) {
  return [runs](std::int64_t n) { return 10 * std::min(static_cast<double>(n), runs); };
}

/// Looks at the GPU so many times; the numbers of runs that it had.
std::vector<std::int64_t> look(DeviceSharing& sharing, const Gpu& gpu, int times) {
  // Rates swing by some percent, here always in the same way.
  constexpr std::array swing = {1.0, 1.03, 0.97, 1.02, 0.98, 1.0, 0.99};
  std::vector<std::int64_t> had;
  for (int i = 0; i < times; ++i) {
    const std::int64_t runs = sharing.runs();
    const double rate = gpu(runs) * swing[static_cast<std::size_t>(i) % swing.size()];
    sharing.measured("minilm", runs, rate);
    had.push_back(runs);
  }
  return had;
}

DeviceSharing with_room(std::int64_t room) {
  DeviceSharing sharing;
  sharing.set_room(room);
  return sharing;
}

TEST(DeviceSharing, RisesUntilOneMoreRunBringsNothing) {
  DeviceSharing sharing = with_room(8);

  look(sharing, full_at(4), 60);

  EXPECT_EQ(sharing.runs(), 4);
}

TEST(DeviceSharing, StaysWhereItIsWhileRatesSwing) {
  DeviceSharing sharing = with_room(8);
  look(sharing, full_at(3.5), 60);  // the fourth brings a sixth
  ASSERT_EQ(sharing.runs(), 4);

  for (const std::int64_t runs : look(sharing, full_at(3.5), 100)) {
    EXPECT_EQ(runs, 4);
  }
}

TEST(DeviceSharing, AFullGpuHasOneRun) {
  DeviceSharing sharing = with_room(8);

  look(sharing, full_at(1), 30);

  EXPECT_EQ(sharing.runs(), 1);
}

TEST(DeviceSharing, WhereRunsHinderEachOtherItGoesBack) {
  DeviceSharing sharing = with_room(8);

  look(
      sharing, [](std::int64_t runs) { return runs == 1 ? 10.0 : 9.0; }, 30);

  EXPECT_EQ(sharing.runs(), 1);
}

TEST(DeviceSharing, NeverHasMoreThanTheMemoryHolds) {
  DeviceSharing sharing = with_room(3);

  for (const std::int64_t runs : look(sharing, full_at(8), 60)) {
    EXPECT_LE(runs, 3);
  }
  EXPECT_EQ(sharing.runs(), 3);
  sharing.set_room(2);
  EXPECT_EQ(sharing.runs(), 2);
  sharing.set_room(std::nullopt);
  EXPECT_EQ(sharing.runs(), 1) << "nobody knows";
}

TEST(DeviceSharing, ANumberThatRanOutOfMemoryIsNotTriedAgain) {
  DeviceSharing sharing = with_room(8);
  look(sharing, full_at(8), 9);
  ASSERT_EQ(sharing.runs(), 4);

  sharing.ran_out_of_memory(4);

  EXPECT_EQ(sharing.runs(), 3);
  sharing.set_room(8);  // by a reading that missed the peak
  look(sharing, full_at(8), 400);
  EXPECT_EQ(sharing.runs(), 3);
}

TEST(DeviceSharing, AfterALongTimeItTriesAgainAndGoesBack) {
  DeviceSharing sharing = with_room(8);
  look(sharing, full_at(2), 30);
  ASSERT_EQ(sharing.runs(), 2);

  std::int64_t looks_at_three = 0;
  for (const std::int64_t runs : look(sharing, full_at(2), 400)) {
    looks_at_three += runs == 3 ? 1 : 0;
  }

  EXPECT_EQ(looks_at_three, 2 * 3) << "two tries of three looks";
  EXPECT_EQ(sharing.runs(), 2);
}

TEST(DeviceSharing, AnotherModelBeginsAnew) {
  DeviceSharing sharing = with_room(8);
  look(sharing, full_at(4), 60);

  sharing.measured("bert-base", 4, 5);

  EXPECT_EQ(sharing.runs(), 1);
}

TEST(DeviceSharing, GoesOnFromTheNumberThatAnEarlierLifeHad) {
  DeviceSharing sharing;
  sharing.begin_with(3);
  EXPECT_EQ(sharing.runs(), 3);
  sharing.set_room(8);

  look(sharing, full_at(4), 60);

  EXPECT_EQ(sharing.runs(), 4);
}

TEST(DeviceSharing, FewerRunsThanItMayHaveDecideNothing) {
  DeviceSharing sharing = with_room(8);
  look(sharing, full_at(4), 60);

  for (int i = 0; i < 20; ++i) {
    sharing.measured("minilm", 1, 10);  // the end of a sweep
  }
  sharing.measured("minilm", 4, -1);

  EXPECT_EQ(sharing.runs(), 4);
}

}  // namespace
}  // namespace tarama
