// What is said of workers that the memory does not hold.
#include "orchestrator/devices/memory_fit.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

const Machine machine{.cores = 16, .gpus = {}, .memory_bytes = 24'000'000'000};

std::optional<std::string> warning(const Resources& resources, double bytes) {
  const auto places = places_for(resources, machine, {.worker_bytes = bytes});
  return memory_warning(resources, places.value(), machine, bytes);
}

TEST(MemoryFit, NothingIsSaidWhereThereIsRoomOrNothingIsKnown) {
  EXPECT_EQ(warning({}, 1e9), std::nullopt);
  EXPECT_EQ(warning({}, 0), std::nullopt);
  EXPECT_EQ(workers_in(0, 1e9), std::nullopt);
}

TEST(MemoryFit, WhoeverAsksForTooManyIsWarned) {
  EXPECT_THAT(warning({.devices = {}, .runs_per_device = 64, .threads = {}}, 5e9),
              Optional(Eq("64 workers on cpu need about 5.0 GB each, 320.0 GB together, but this "
                          "machine has 24.0 GB: set resources.runs_per_device to 4 at most, or "
                          "auto")));
}

TEST(MemoryFit, AutoSaysThatItStartsFewer) {
  EXPECT_THAT(warning({}, 5e9),
              Optional(Eq("4 of 16 workers are started: each needs about 5.0 GB, and this machine "
                          "has 24.0 GB")));
}

TEST(MemoryFit, OneWorkerThatDoesNotFitIsWarnedOf) {
  EXPECT_THAT(warning({}, 50e9), Optional(HasSubstr("a worker on cpu needs about 50.0 GB, but")));
}

TEST(MemoryFit, ARunTakesItsShareOfWhatItsDeviceHas) {
  const auto share = [](const Resources& resources, double bytes) {
    const auto places = places_for(resources, machine, {.worker_bytes = bytes});
    return share_of_run(places.value().front(), machine, bytes);
  };

  EXPECT_DOUBLE_EQ(share({}, 10.8e9), 0.5);
  EXPECT_DOUBLE_EQ(share({}, 0), 0) << "nothing is known of it";
  EXPECT_DOUBLE_EQ(share({}, 50e9), 1);
  EXPECT_DOUBLE_EQ(share({.devices = {}, .runs_per_device = 64, .threads = {}}, 5e9), 1.0 / 64)
      << "whoever asks for too many is warned, and gets them";
  EXPECT_DOUBLE_EQ(share_of_run({.device = "cuda:0", .uuid = "GPU-1", .workers = 4}, machine, 0),
                   0.25);
}

TEST(MemoryFit, AGpuHasItsOwnMemory) {
  Machine with_gpu = machine;
  with_gpu.trainer_has_cuda = true;
  with_gpu.gpus.gpus = {{.index = 0, .uuid = "GPU-1", .memory_bytes = 8'000'000'000}};
  const Resources two{.devices = {"cuda:0"}, .runs_per_device = 2, .threads = {}};

  EXPECT_THAT(memory_warning(two, places_for(two, with_gpu).value(), with_gpu, 5e9),
              Optional(HasSubstr(
                  "2 workers on cuda:0 need about 5.0 GB each, 10.0 GB together, but the GPU "
                  "has 8.0 GB: set resources.runs_per_device to 1 at most")));
}

}  // namespace
}  // namespace tarama::orchestrator
