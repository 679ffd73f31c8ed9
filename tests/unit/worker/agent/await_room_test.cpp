// How long a model waits for room on the disk.
#include "worker/agent/await_room.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tarama {
namespace {

using std::chrono::milliseconds;

const Error full{Errc::disk_full, "no room"};

class Waiting : public testing::Test {
 protected:
  RoomWait room_ = {.wait =
                        [this](milliseconds pause) {
                          waited_ += pause;
                          return !is_to_end_;
                        },
                    .say = [this](const Error& error) { said_.push_back(error.message); }};
  milliseconds waited_{0};
  bool is_to_end_ = false;
  std::vector<std::string> said_;
};

TEST_F(Waiting, GoesOnOnceThereIsRoom) {
  int refusals = 3;
  const auto written = write_once_there_is_room(
      [&] { return refusals-- > 0 ? Result<void>(full) : Result<void>(); }, room_);
  EXPECT_TRUE(written);
  EXPECT_EQ(waited_, milliseconds(7'000));
  EXPECT_EQ(said_.size(), 3U);
}

TEST_F(Waiting, EndsAfterFiveMinutes) {
  const auto written = write_once_there_is_room([] { return Result<void>(full); }, room_);
  EXPECT_EQ(written.error(), full);
  EXPECT_GE(waited_, longest_wait_for_room);
  EXPECT_LT(waited_, longest_wait_for_room + milliseconds(11'000));
}

TEST_F(Waiting, EndsAtOnceWhereTheAttemptIsToEnd) {
  is_to_end_ = true;
  int tries = 0;
  const auto written = write_once_there_is_room(
      [&] {
        ++tries;
        return Result<void>(full);
      },
      room_);
  EXPECT_FALSE(written);
  EXPECT_EQ(tries, 1);
}

TEST_F(Waiting, AnotherFailureIsNotWaitedFor) {
  const Error broken{Errc::io, "broken"};
  EXPECT_EQ(write_once_there_is_room([&] { return Result<void>(broken); }, room_).error(), broken);
  EXPECT_EQ(waited_, milliseconds(0));
}

}  // namespace
}  // namespace tarama
