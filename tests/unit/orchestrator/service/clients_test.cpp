// Whoever connects and says nothing, or nothing sound, costs little and goes.
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <optional>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(OneSweep, ASilentPeerIsHungUpOnAndASweepGoesOn) {
  submit(sweep_of({1e-3}));
  Peer worker = world.join();
  Peer silent = world.connect();

  for (int i = 0; i < 6; ++i) {
    worker.say(protocol::Beat{});
    world.settle();
    EXPECT_FALSE(silent.is_hung_up());
    world.live(5s);
  }
  worker.say(protocol::Beat{});
  world.live(1s);
  world.until([&] { return silent.is_hung_up(); });

  world.train(worker, world.next_job(worker));
  world.until([&] { return count("succeeded") == 1; });
}

TEST_F(OneSweep, TimeThatNobodyLivedThroughIsNoSilence) {
  Peer silent = world.connect();

  world.stand_still(1h);
  world.settle();

  EXPECT_FALSE(silent.is_hung_up());
}

TEST_F(OneSweep, APeerThatSpeaksAgainInTimeMayStay) {
  Peer asking = world.connect();
  for (int i = 0; i < 4; ++i) {
    world.live(20s);
    asking.say(protocol::Request{R"({"do": "ping"})"});
    world.until([&] { return asking.take<protocol::Reply>().has_value(); });
  }

  EXPECT_FALSE(asking.is_hung_up());
}

TEST_F(OneSweep, WhereThereAreTooManyTheOneThatIsSilentForLongestGoes) {
  std::vector<Peer> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(world.connect());
  }
  world.live(1s);
  crowd.front().say(protocol::Request{R"({"do": "ping"})"});
  world.until([&] { return crowd.front().take<protocol::Reply>().has_value(); });

  Peer newest = world.connect();
  newest.say(protocol::Request{R"({"do": "ping"})"});
  world.until([&] { return newest.take<protocol::Reply>().has_value(); });

  world.settle();
  EXPECT_FALSE(crowd.front().is_hung_up());
  EXPECT_FALSE(newest.is_hung_up());
  EXPECT_EQ(std::ranges::count_if(crowd, [](const Peer& peer) { return peer.is_hung_up(); }), 1);
}

TEST_F(OneSweep, APeerThatIsNoWorkerAndSaysAWorkersWordIsHungUpOn) {
  Peer stranger = world.connect();
  stranger.say(protocol::Beat{});

  world.until([&] { return stranger.is_hung_up(); });
}

TEST_F(OneSweep, ARequestTooDeepOrTooWideIsAnswered) {
  const auto reply_to = [&](const std::string& text) {
    Peer asking = world.connect();
    asking.say(protocol::Request{text});
    std::optional<protocol::Reply> reply;
    world.until([&] { return (reply = asking.take<protocol::Reply>()).has_value(); });
    return reply->json;
  };
  std::string wide = R"({"do": "submit")";
  for (int key = 0; key < 300; ++key) {
    wide += ", \"" + std::to_string(key) + "\": 0";
  }

  EXPECT_THAT(reply_to(R"({"do": "submit", "spec": )" + std::string(1'000'000, '[')),
              HasSubstr("more than 64 levels"));
  EXPECT_THAT(reply_to(wide + "}"), HasSubstr("more than 256 keys"));
}

}  // namespace
}  // namespace tarama::test
