// When the disk counts as full, and when it has room again.
#include "orchestrator/devices/disk_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

class Watched : public testing::Test {
 protected:
  /// The answer to one look; whether it was told as a change.
  bool look(DiskWatch& watch, std::int64_t free) {
    free_ = free;
    bool is_told = false;
    watch.look([&] { is_told = true; });
    while (errands_.open() > 0) {
      loop_.restart();
      loop_.run_one();
    }
    return is_told;
  }

  DiskWatch::Ask ask() {
    return [this] { return std::optional(DiskRoom{.free = free_, .total = 20'000'000}); };
  }

  boost::asio::io_context loop_;
  Errands errands_{loop_.get_executor(), [] {}};
  std::int64_t free_ = 0;
};

TEST_F(Watched, ShortageBeginsBelowTheWatermarkAndEndsAQuarterAboveIt) {
  DiskWatch watch(errands_, ask(), 1'000'000);

  EXPECT_FALSE(look(watch, 1'000'000));
  EXPECT_EQ(watch.shortage(), "");
  EXPECT_TRUE(look(watch, 999'999));
  EXPECT_THAT(watch.shortage(), testing::HasSubstr("1.0 MB are kept (--min-free)"));
  EXPECT_FALSE(look(watch, 1'200'000));
  EXPECT_NE(watch.shortage(), "");
  EXPECT_TRUE(look(watch, 1'250'000));
  EXPECT_EQ(watch.shortage(), "");
}

TEST_F(Watched, TheUsualWatermarkIsATwentiethOfASmallDisk) {
  DiskWatch watch(errands_, ask(), std::nullopt);
  look(watch, 5'000'000);
  EXPECT_EQ(watch.watermark(), 1'000'000);
  EXPECT_EQ(usual_watermark(4'000'000'000'000), 1'000'000'000);
}

TEST_F(Watched, ADiskThatCannotBeAskedIsNoReasonToStop) {
  DiskWatch watch(
      errands_, [] { return std::optional<DiskRoom>(); }, 1'000'000);
  EXPECT_FALSE(look(watch, 0));
  EXPECT_EQ(watch.shortage(), "");
}

TEST(DiskRoom, IsThatOfTheFolder) {
  const auto room = room_at("/");
  ASSERT_TRUE(room);
  EXPECT_GT(room->total, 0);
  EXPECT_FALSE(room_at("/nowhere/at/all"));
}

}  // namespace
}  // namespace tarama::orchestrator
