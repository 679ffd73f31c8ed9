// That what GPUs do is kept once a minute.
#include "orchestrator/service/device_readings.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

Machine machine_with_a_gpu(const GpuLoad& load) {
  Machine machine;
  Gpu gpu;
  gpu.index = 1;
  gpu.memory_bytes = 1000;
  gpu.load = load;
  machine.gpus.gpus.push_back(gpu);
  return machine;
}

TEST(DeviceReadings, ARowAMinuteSaysWhatTheDriverTells) {
  const Machine machine =
      machine_with_a_gpu({.busy_percent = 90, .celsius = 60, .watts = {}, .used_bytes = 700});
  DeviceReadings readings;

  const std::vector<db::Write> first = readings.due(machine, seconds(10), TimePoint{5000});

  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(std::get<db::DeviceReading>(first[0]),
            (db::DeviceReading{.device = "cuda:1",
                               .at = TimePoint{5000},
                               .busy_percent = 90,
                               .celsius = 60,
                               .watts = {},
                               .used_bytes = 700,
                               .memory_bytes = 1000}));
  EXPECT_THAT(readings.due(machine, seconds(69), TimePoint{64000}), IsEmpty());
  EXPECT_THAT(readings.due(machine, seconds(70), TimePoint{65000}), SizeIs(1));
}

TEST(DeviceReadings, AGpuThatTellsNothingHasNoRow) {
  DeviceReadings readings;

  EXPECT_THAT(readings.due(machine_with_a_gpu({}), seconds(0), TimePoint{1}), IsEmpty());
}

}  // namespace
}  // namespace tarama::orchestrator
