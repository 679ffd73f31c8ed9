// Which workers a machine gives a sweep, with NVML played by the stub of tests/support.
#include "orchestrator/devices/devices.hpp"

#include "orchestrator/devices/machine_watch.hpp"
#include "orchestrator/devices/processors.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <map>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Sets an environment variable for the length of a test.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }

  ~Environment() { unsetenv(name_); }

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

Machine machine_with_four_gpus() {
  return {.cores = 8, .gpus = survey_gpus(test::stub_nvml()), .trainer_has_cuda = true};
}

std::vector<std::string> devices_of(const std::vector<Place>& places) {
  std::vector<std::string> devices;
  for (const Place& place : places) {
    devices.push_back(place.device);
  }
  return devices;
}

TEST(Nvml, AMachineWithoutTheLibraryHasNoGpusAndNoTrouble) {
  const GpuSurvey survey = survey_gpus("libno-such-nvml.so");

  EXPECT_THAT(survey.gpus, IsEmpty());
  EXPECT_EQ(survey.trouble, "");
}

TEST(Nvml, AGpuIsDescribedByUuidAndMemory) {
  const GpuSurvey survey = survey_gpus(test::stub_nvml());

  ASSERT_EQ(survey.gpus.size(), 4U);
  EXPECT_EQ(survey.gpus[3],
            (Gpu{.index = 3,
                 .uuid = "GPU-stub-3",
                 .name = "Stub GPU",
                 .memory_bytes = std::uint64_t{1} << 34,
                 .processes = {},
                 .load = {.busy_percent = 30, .celsius = 41, .watts = {}, .used_bytes = 0},
                 .capability = ComputeCapability{9, 0},
                 .pci_address = "0000:3e:00.0"}));
  EXPECT_EQ(survey.gpus[2].load.watts, 70.4) << "the last one does not tell it";
  EXPECT_EQ(survey.driver, "550.00");
}

TEST(Nvml, AGpuThatFellOffIsNamedAndTheOthersServe) {
  const Environment lost("STUB_NVML_LOST", "1");

  const GpuSurvey survey = survey_gpus(test::stub_nvml());

  EXPECT_EQ(survey.gpus.size(), 3U);
  EXPECT_EQ(survey.trouble, "GPU 1 does not answer: GPU is lost");
}

TEST(Nvml, AGpuThatIsCutIsItsParts) {
  const Environment cut("STUB_NVML_CUT", "1");

  const GpuSurvey survey = survey_gpus(test::stub_nvml());

  ASSERT_EQ(survey.gpus.size(), 5U);
  const Gpu& part = survey.gpus[2];
  EXPECT_EQ(part,
            (Gpu{.index = 1,
                 .part = 2,
                 .uuid = "MIG-stub-1-2",
                 .name = "Stub GPU",
                 .memory_bytes = std::uint64_t{1} << 32,
                 .processes = {},
                 .load = {.busy_percent = {}, .celsius = 41, .watts = 70.4, .used_bytes = 0},
                 .capability = ComputeCapability{9, 0},
                 .pci_address = "0000:3c:00.0"}));
  EXPECT_THAT(devices_of(places_for(Resources{}, machine_with_four_gpus()).value()),
              ElementsAre("cuda:0", "cuda:1.0", "cuda:1.2", "cuda:2", "cuda:3"));
  const Resources named{.devices = {"cuda:1.2"}, .runs_per_device = {}, .threads = {}};
  EXPECT_EQ(places_for(named, machine_with_four_gpus()).value().front().uuid, "MIG-stub-1-2");
}

TEST(Nvml, AGpuThatIsToBeCutAndHasNoPartIsNamed) {
  const Environment uncut("STUB_NVML_UNCUT", "3");

  const GpuSurvey survey = survey_gpus(test::stub_nvml());

  EXPECT_EQ(survey.gpus.size(), 3U);
  EXPECT_THAT(survey.trouble, HasSubstr("GPU 3 is in MIG mode and has no part"));
}

TEST(Devices, AWorkerOfAGpuRunsOnTheProcessorsNextToIt) {
  const Environment nvml("TARAMA_NVML", test::stub_nvml().c_str());
  const std::vector<int> allowed = allowed_processors();
  if (allowed.size() < 2) {
    GTEST_SKIP() << "one processor is near everything";
  }
  const test::TempFolder pci;
  std::filesystem::create_directories(pci.path() / "0000:3b:00.0");
  std::ofstream(pci.path() / "0000:3b:00.0" / "local_cpulist") << allowed[1] << "\n";

  const auto places = places_for(Resources{}, survey_machine(true, pci.path())).value();

  EXPECT_THAT(places[0].processors, ElementsAre(allowed[1]));
  EXPECT_THAT(places[1].processors, IsEmpty()) << "the kernel says nothing of it";
}

TEST(Devices, AutoTakesEveryGpuThatNobodyElseUses) {
  const Environment busy("STUB_NVML_BUSY", "2");
  const Machine machine = machine_with_four_gpus();

  const auto places = places_for(Resources{}, machine).value();

  EXPECT_THAT(devices_of(places), ElementsAre("cuda:0", "cuda:1", "cuda:3"));
  EXPECT_EQ(places[2],
            (Place{.device = "cuda:3", .uuid = "GPU-stub-3", .threads = 1, .workers = 1}));
}

TEST(Devices, AStrangerOnAGpuIsNamed) {
  const Environment busy("STUB_NVML_BUSY", "2");
  const Environment pid("STUB_NVML_PID", "1");

  const auto strangers = strangers_on(machine_with_four_gpus());

  ASSERT_EQ(strangers.size(), 1U);
  EXPECT_EQ(strangers[0].device, "cuda:2");
  EXPECT_EQ(strangers[0].process.pid, 1);
}

TEST(Devices, AGpuThatOurOwnWorkerUsesIsNotTakenFromUs) {
  const Environment nvml("TARAMA_NVML", test::stub_nvml().c_str());
  const Environment busy("STUB_NVML_BUSY", "2");
  const Environment pid("STUB_NVML_PID", "1");
  const Survey survey = survey_of_this_machine(true, "/a/store");

  EXPECT_EQ(places_for(Resources{}, survey({1})).value().size(), 4U);
  EXPECT_THAT(strangers_on(survey({1})), IsEmpty());
  EXPECT_EQ(places_for(Resources{}, survey({})).value().size(), 3U);
}

TEST(Devices, AProcessThatProcDoesNotKnowIsNoProofOfAStranger) {
  const Environment nvml("TARAMA_NVML", test::stub_nvml().c_str());
  const Environment busy("STUB_NVML_BUSY", "2");
  const Environment pid("STUB_NVML_PID", "999999999");  // beyond the kernel's greatest

  EXPECT_THAT(strangers_on(survey_machine(true)), IsEmpty());
}

TEST(Devices, AutoIsNoSilentFallToTheCpuWhereTheListOfGpusIsWrong) {
  const Environment nvml("TARAMA_NVML", test::stub_nvml().c_str());
  const Environment visible("CUDA_VISIBLE_DEVICES", "7");

  const auto places = places_for(Resources{}, survey_machine(true));

  ASSERT_FALSE(places);
  EXPECT_THAT(places.error().message,
              HasSubstr("CUDA_VISIBLE_DEVICES=7: '7' is no GPU of this machine"));
  const Resources on_cpu{.devices = {"cpu"}, .runs_per_device = {}, .threads = {}};
  EXPECT_TRUE(places_for(on_cpu, survey_machine(true)));
  EXPECT_TRUE(places_for(Resources{}, survey_machine(false)));  // it could use none anyway
}

TEST(Devices, GpusThatAreSwitchedOffByTheUserMeanTheCpu) {
  const Environment nvml("TARAMA_NVML", test::stub_nvml().c_str());
  const Environment visible("CUDA_VISIBLE_DEVICES", "");

  EXPECT_THAT(devices_of(places_for(Resources{}, survey_machine(true)).value()),
              ElementsAre("cpu"));
}

TEST(Devices, AutoStartsNoMoreWorkersThanTheMemoryHolds) {
  const Machine machine{.cores = 16, .gpus = {}, .memory_bytes = 24'000'000'000};
  const auto workers = [&](const Resources& resources, double bytes) {
    return places_for(resources, machine, {.worker_bytes = bytes}).value().front().workers;
  };

  EXPECT_EQ(workers({}, 5e9), 4);
  EXPECT_EQ(workers({}, 1e9), 16);
  EXPECT_EQ(workers({}, 1e12), 1);
  EXPECT_EQ(workers({}, 0), 16);
  EXPECT_EQ(workers({.devices = {}, .runs_per_device = 8, .threads = {}}, 5e9), 8);
}

TEST(Devices, WithoutGpusEveryCoreGetsAWorkerOfOneThread) {
  const auto places = places_for(Resources{}, Machine{.cores = 6, .gpus = {}}).value();

  EXPECT_THAT(places, ElementsAre(Place{.device = "cpu", .uuid = "", .threads = 1, .workers = 6}));
}

TEST(Devices, ATrainerWithoutCudaTrainsOnTheCores) {
  Machine machine = machine_with_four_gpus();
  machine.trainer_has_cuda = false;

  EXPECT_THAT(devices_of(places_for(Resources{}, machine).value()), ElementsAre("cpu"));
}

GpuNeeds needs_of_packed(Precision precision, std::int64_t max_tokens = 128) {
  TrainingSettings training;
  training.precision = precision;
  GpuNeeds needs;
  add_needs(needs, LearnerName::packed, training, {}, {.hidden = 384}, max_tokens);
  return needs;
}

TEST(Devices, AutoIsTheCoresWhereTheGpusCannotTrainALevel) {
  const SweepNeeds packed{.gpus = needs_of_packed(Precision::fp32)};
  const SweepNeeds long_texts{.gpus = needs_of_packed(Precision::fp32, 600)};
  Machine machine = machine_with_four_gpus();

  EXPECT_EQ(places_for(Resources{}, machine, packed).value().size(), 4U);
  EXPECT_EQ(why_gpus_stay_idle(machine, packed.gpus), "");
  EXPECT_THAT(devices_of(places_for(Resources{}, machine, long_texts).value()), ElementsAre("cpu"));
  EXPECT_THAT(why_gpus_stay_idle(machine, long_texts.gpus),
              HasSubstr("cuda:0 is left alone: data.max_tokens is 600"));
  const Environment old("STUB_NVML_OLD", "1");
  machine = machine_with_four_gpus();
  EXPECT_THAT(devices_of(places_for(Resources{}, machine, packed).value()), ElementsAre("cpu"));
  EXPECT_EQ(places_for(Resources{}, machine).value().size(), 4U) << "others train on them";
}

TEST(Devices, WhatOnlyGpusCanTrainWaitsForOne) {
  const SweepNeeds needs{.gpus = needs_of_packed(Precision::bf16)};
  const Environment old("STUB_NVML_OLD", "1");

  const auto places = places_for(Resources{}, machine_with_four_gpus(), needs);

  ASSERT_FALSE(places);
  EXPECT_THAT(places.error().message, HasSubstr("no GPU is free for it: cuda:0 is left alone"));
  const Resources on_cpu{.devices = {"cpu"}, .runs_per_device = {}, .threads = {}};
  EXPECT_FALSE(places_for(on_cpu, machine_with_four_gpus(), needs));
}

TEST(Devices, AGpuThatIsNamedAndCannotTrainALevelIsAnError) {
  const SweepNeeds needs{.gpus = needs_of_packed(Precision::fp32)};
  Machine machine = machine_with_four_gpus();
  machine.learners_on_gpus = {LearnerName::torch};
  const Resources named{.devices = {"cuda:1"}, .runs_per_device = {}, .threads = {}};

  EXPECT_THAT(places_for(named, machine, needs).error().message,
              HasSubstr("'cuda:1': the worker program cannot train by the packed learner on GPUs"));
  EXPECT_TRUE(places_for(named, machine));
}

TEST(Devices, MoreThreadsPerWorkerMeanFewerWorkersAndAnotherDeviceName) {
  const Resources resources{.devices = {"cpu"}, .runs_per_device = std::nullopt, .threads = 4};

  EXPECT_THAT(places_for(resources, Machine{.cores = 6, .gpus = {}}).value(),
              ElementsAre(Place{.device = "cpu*4", .uuid = "", .threads = 4, .workers = 1}));
}

TEST(Devices, ADeviceThatIsNotThereIsAnErrorThatListsThoseThatAre) {
  const Resources resources{.devices = {"cuda:7"}, .runs_per_device = {}, .threads = {}};

  const auto places = places_for(resources, machine_with_four_gpus());

  ASSERT_FALSE(places);
  EXPECT_EQ(places.error().message,
            "resources.devices: this machine has no 'cuda:7'; it has cpu, cuda:0, cuda:1, cuda:2, "
            "cuda:3");
}

TEST(Devices, ProcessorsThatShareACoreCountOnce) {
  const test::TempFolder topology;
  for (const auto& [processor, siblings] :
       std::map<int, std::string>{{0, "0,4"}, {1, "1,5"}, {4, "0,4"}, {5, "1,5"}, {6, "6"}}) {
    const auto folder = topology.path() / fmt::format("cpu{}", processor) / "topology";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "thread_siblings_list") << siblings << "\n";
  }

  EXPECT_EQ(physical_cores({0, 1, 4, 5, 6}, topology.path()), 3);
  EXPECT_EQ(physical_cores({0, 4}, topology.path()), 1);
  EXPECT_EQ(physical_cores({4, 5}, topology.path()), 2);
  EXPECT_EQ(physical_cores({7, 8}, topology.path()), 2);  // nothing known of them
}

}  // namespace
}  // namespace tarama::orchestrator
