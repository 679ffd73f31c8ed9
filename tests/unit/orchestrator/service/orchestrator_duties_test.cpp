// What must follow a commit, across crashes.
#include "orchestrator/sweeps/sweep_ending.hpp"
#include "tests/unit/orchestrator/service/one_sweep.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <mutex>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace tarama::test {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

TEST_F(OneSweep, AnOnEndThatACrashPreventedIsRunAtTheNextStartWithItsNumber) {
  SweepSpec spec = sweep_of({1e-3});
  spec.on_end = "echo \"$TARAMA_EVENT $TARAMA_EVENT_ID\" >> \"$TARAMA_STORE/said\"";
  submit(spec);
  Peer worker = world.join();
  const JobSpec job = world.next_job(worker);
  world.train(worker, job);
  world.until([&] { return world.store->has_new_duty.load(); });
  const std::int64_t duty = world.store->store.duties().value().front().duty;
  world.crash();
  std::filesystem::remove(world.folder.path() / "said");
  world.start();

  world.until([&] {
    const std::lock_guard lock(world.store->mutex);
    return world.store->store.duties().value().empty();
  });

  std::ifstream said(world.folder.path() / "said");
  std::string line;
  std::getline(said, line);
  EXPECT_EQ(line, "ended " + std::to_string(duty));
}

TEST_F(OneSweep, AnOnEndThatOutlivedItsOrchestratorHasNoSecondOneBesideIt) {
  SweepSpec spec = sweep_of({1e-3});
  spec.on_end = "echo x >> \"$TARAMA_STORE/said\"";
  submit(spec);
  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return world.store->has_new_duty.load(); });
  const std::int64_t duty = world.store->store.duties().value().front().duty;
  world.crash();
  std::filesystem::remove(world.folder.path() / "said");
  const std::filesystem::path path = orchestrator::on_end_lock(world.folder.path(), duty);
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);

  world.start();
  world.settle();
  world.live(3s);
  world.settle();
  EXPECT_FALSE(std::filesystem::exists(world.folder.path() / "said"));
  ::close(lock);
  world.live(2s);

  world.until([&] { return std::filesystem::exists(world.folder.path() / "said"); });
}

TEST_F(OneSweep, ADutyOfASweepThatCannotBeReadStaysInTheStore) {
  SweepSpec spec = sweep_of({1e-3});
  spec.on_end = "true";
  submit(spec);
  Peer worker = world.join();
  world.train(worker, world.next_job(worker));
  world.until([&] { return world.store->has_new_duty.load(); });
  world.crash();
  world.store->is_damaged = true;

  world.start();
  world.settle();

  EXPECT_THAT(world.store->store.duties().value(), SizeIs(1));
  EXPECT_THAT(world.ask({{"do", "status"}})["unreadable"], SizeIs(1));
}

}  // namespace
}  // namespace tarama::test
