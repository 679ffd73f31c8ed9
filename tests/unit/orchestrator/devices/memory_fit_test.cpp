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

Machine machine_of_gpus(std::size_t count, std::uint64_t memory, std::uint64_t available) {
  Machine with_gpus{.cores = 32, .gpus = {}, .trainer_has_cuda = true, .memory_bytes = memory};
  with_gpus.available_bytes = available;
  for (std::size_t i = 0; i < count; ++i) {
    with_gpus.gpus.gpus.push_back(
        {.index = static_cast<int>(i), .uuid = "GPU", .memory_bytes = 80'000'000'000});
  }
  return with_gpus;
}

TEST(HostRoom, IsByCoresWhereTheMemoryHoldsThemOrNothingIsKnown) {
  const HostRoom by_cores{.runs = 64, .by = HostLimit::cores};
  const HostNeeds needs{.process_bytes = 1e9, .run_bytes = 3e9};

  EXPECT_EQ(host_room(machine_of_gpus(2, 1'000'000'000'000, 900'000'000'000), needs, 1), by_cores);
  EXPECT_EQ(host_room(machine_of_gpus(2, 1'000'000'000, 1'000'000'000), {}, 1), by_cores);
}

TEST(HostRoom, IsByAllMemoryAndByWhatNobodyHasBesideThoseThatLive) {
  const HostNeeds needs{.process_bytes = 1.8e9, .run_bytes = 3e9};
  const auto by_memory = [](std::int64_t runs) {
    return HostRoom{.runs = runs, .by = HostLimit::memory};
  };

  EXPECT_EQ(host_room(machine_of_gpus(2, 64'000'000'000, 60'000'000'000), needs, 1), by_memory(9));
  EXPECT_EQ(host_room(machine_of_gpus(2, 64'000'000'000, 20'000'000'000), needs, 2), by_memory(5));
  EXPECT_EQ(host_room(machine_of_gpus(2, 64'000'000'000, 20'000'000'000), needs, 0), by_memory(2))
      << "each GPU's worker takes its part first";
  EXPECT_EQ(host_room(machine_of_gpus(2, 64'000'000'000, 1'000'000'000), needs, 2), by_memory(2))
      << "those that live stay";
  EXPECT_EQ(host_room(machine_of_gpus(8, 4'000'000'000, 0), needs, 0), by_memory(1))
      << "one at least";
}

TEST(HostMemory, ThatRunsOnGpusDoNotFitIsSaid) {
  const Machine eight = machine_of_gpus(8, 64'000'000'000, 64'000'000'000);
  std::vector<Place> places(8, Place{.device = "cuda:0", .uuid = "GPU", .workers = 4});
  const HostNeeds needs{.process_bytes = 1e9, .run_bytes = 2e9};

  EXPECT_THAT(host_memory_warning(places, eight, needs),
              Optional(HasSubstr("32 runs at once on GPUs need about 2.0 GB of this machine's "
                                 "memory each, 72.0 GB together with the 1.0 GB of each GPU's "
                                 "worker, but it has 64.0 GB")));
  EXPECT_EQ(host_memory_warning(places, eight, {.process_bytes = 1e9, .run_bytes = 1e9}),
            std::nullopt);
  EXPECT_EQ(host_memory_warning({{.device = "cpu", .uuid = {}, .workers = 64}}, eight, needs),
            std::nullopt);
}

TEST(HostMemory, IsReadFromMeminfo) {
  EXPECT_THAT(available_memory_in("MemTotal:       24000 kB\nMemAvailable:   12000 kB\n"),
              Optional(Eq(12'288'000U)));
  EXPECT_EQ(available_memory_in("MemTotal: 24000 kB\nMemAvailable:\n"), std::nullopt);
}

TEST(MemoryFit, AGpuHasItsOwnMemory) {
  Machine with_gpu = machine;
  with_gpu.trainer_has_cuda = true;
  with_gpu.gpus.gpus = {{.index = 0, .uuid = "GPU-1", .memory_bytes = 8'000'000'000}};
  const Resources two{.devices = {"cuda:0"}, .runs_per_device = 2, .threads = {}};

  EXPECT_THAT(memory_warning(two, places_for(two, with_gpu).value(), with_gpu, 5e9),
              Optional(HasSubstr(
                  "2 runs at once on cuda:0 need about 5.0 GB each, 10.0 GB together, but the GPU "
                  "has 8.0 GB: set resources.runs_per_device to 1 at most")));
}

}  // namespace
}  // namespace tarama::orchestrator
