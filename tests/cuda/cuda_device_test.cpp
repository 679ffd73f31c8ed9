// What opens and calls NVIDIA's libraries, over a stub of all three whose device is the host.
#include "worker/cuda/driver/cuda_device.hpp"

#include "tests/cuda/cuda_run.hpp"
#include "tests/cuda/stub_folder.hpp"
#include "tests/support/small_jobs.hpp"
#include "worker/cuda/cuda_trainer.hpp"
#include "worker/cuda/driver/library_places.hpp"
#include "worker/training/device_failure.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tarama::cuda::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class StubbedCuda : public testing::Test {
 protected:
  StubCuda stub_;
};

std::unique_ptr<Device> device_of_stub() {
  auto device = make_cuda_device(0);
  EXPECT_TRUE(device) << device.error().message;
  return device ? std::move(*device) : nullptr;
}

TEST_F(StubbedCuda, TellsWhatTheDeviceAndItsLibrariesAre) {
  const DeviceFacts facts = device_of_stub()->facts();

  EXPECT_EQ(facts.name, "Stub H100");
  EXPECT_EQ(facts.compute_capability, "9.0");
  EXPECT_EQ(facts.driver, "driver for CUDA 13.0");
  EXPECT_THAT(facts.libraries, testing::StartsWith("NVRTC 13.0, kernels "))
      << "another driver is no other arithmetic";
  EXPECT_THAT(facts.libraries, HasSubstr(", cuBLASLt 130000"));
  EXPECT_THAT(facts.libraries, Not(HasSubstr("/"))) << "a folder that moves is no other arithmetic";
  EXPECT_EQ(count_cuda_devices(), 1);
}

TEST_F(StubbedCuda, LearnsTheBitsOfTheStandIn) {
  // The same kernels and the same order of sums; what differs is how they are asked for.
  for (const Norm norm : {Norm::post, Norm::pre}) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      const MadeUpRun run(norm, "portable");
      LearnerSpec spec = run.spec();
      spec.training.precision = precision;
      const auto device = device_of_stub();
      StandIn stand_in({});
      CudaLearner by_driver(*device, spec, run.made_up().weights());
      CudaLearner by_stand_in(stand_in, spec, run.made_up().weights());

      const auto losses = losses_of(train(by_driver, run, 0, MadeUpRun::steps));

      EXPECT_EQ(losses, losses_of(train(by_stand_in, run, 0, MadeUpRun::steps)));
      EXPECT_THAT(packed::test::differences(by_driver.arrays(), by_stand_in.arrays()),
                  testing::IsEmpty());
      EXPECT_EQ(by_driver.evaluate(run.batch(1)).loss, by_stand_in.evaluate(run.batch(1)).loss);
    }
  }
}

TEST_F(StubbedCuda, TrainsARunForTheWorker) {
  const auto trainer = make_cuda_trainer();
  ASSERT_TRUE(trainer) << trainer.error().message;
  tarama::test::RecordingObserver observer;

  const TrainEnd end = (*trainer)->train(tarama::test::small_job(Norm::post), observer);

  EXPECT_EQ(end.kind, TrainEnd::Kind::succeeded) << end.message;
}

TEST_F(StubbedCuda, AGpuThatComputesSomethingElseTrainsNothing) {
  EXPECT_EQ(cuda_fault(), std::nullopt);
  stub_.set("STUB_CUDA_FAIL", "products");

  const auto trainer = make_cuda_trainer();

  ASSERT_FALSE(trainer);
  EXPECT_THAT(trainer.error().message,
              HasSubstr("does not compute on this GPU what it computes on the processor"));
  EXPECT_EQ(training::device_failure_in(trainer.error().message), FailureClass::device_error);
  EXPECT_EQ(cuda_fault(), trainer.error().message);
}

TEST_F(StubbedCuda, AFullDeviceIsOutOfMemoryAndStaysOfUse) {
  const auto device = device_of_stub();
  stub_.set("STUB_CUDA_MEMORY", "1000000");
  try {
    static_cast<void>(device->allocate(2'000'000));
    FAIL() << "there is no room for it";
  } catch (const OutOfDeviceMemory& error) {
    EXPECT_EQ(std::string(error.what()), "CUDA error: out of memory");
  }
  device->release(device->allocate(1000));
}

TEST_F(StubbedCuda, ADeviceThatFailedSaysWhatTheDriverSays) {
  const auto device = device_of_stub();
  const StreamId stream = device->make_stream();
  stub_.set("STUB_CUDA_FAIL", "cuStreamSynchronize");

  try {
    device->await(stream);
    FAIL() << "it was told to fail";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("an illegal memory access was encountered"));
  }
  device->release_stream(stream);
}

/// [2, 3] by [3, 4].
MatrixProduct small_product(Address memory) {
  return {.m = 2,
          .n = 4,
          .k = 3,
          .a = {.values = memory, .stride = 3},
          .b = {.values = memory + 256, .stride = 4},
          .c = memory + 512,
          .c_stride = 4};
}

TEST_F(StubbedCuda, AProductWithoutMemoryIsOutOfMemory) {
  const auto device = device_of_stub();
  const StreamId stream = device->make_stream();
  const Address memory = device->allocate(1024);
  stub_.set("STUB_CUDA_FAIL", "cublasLtMatmul");

  try {
    device->multiply(stream, small_product(memory));
    FAIL() << "it was told to fail";
  } catch (const OutOfDeviceMemory& error) {
    EXPECT_EQ(training::device_failure_in(error.what()), FailureClass::out_of_memory);
  }
  device->release(memory);
  device->release_stream(stream);
}

TEST_F(StubbedCuda, AProductThatCannotBeDoneIsSaidAndLeavesNothing) {
  const auto device = device_of_stub();
  const StreamId stream = device->make_stream();
  const Address memory = device->allocate(1024);
  const int before = StubCuda::objects();
  stub_.set("STUB_CUDA_FAIL", "cublasLtMatmulAlgoGetHeuristic");

  try {
    device->multiply(stream, small_product(memory));
    FAIL() << "it was told to fail";
  } catch (const DeviceError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("CUBLAS_STATUS_NOT_SUPPORTED: no way to multiply [2, 3] by [3, 4]"));
  }
  EXPECT_EQ(StubCuda::objects(), before);
  device->release(memory);
  device->release_stream(stream);
}

TEST_F(StubbedCuda, ADeviceThatEndsInAnotherThreadGivesAllBack) {
  auto device = device_of_stub();
  const MadeUpRun run(Norm::post, "portable");
  train(*std::make_unique<CudaLearner>(*device, run.spec(), run.made_up().weights()), run, 0, 3);

  std::thread([&] { device.reset(); }).join();

  EXPECT_EQ(StubCuda::objects(), 0);
}

TEST_F(StubbedCuda, RunsOfSeveralThreadsHaveTheirBitsAndGiveAllBack) {
  const MadeUpRun run(Norm::post, "portable");
  auto device = device_of_stub();
  std::vector<double> alone;
  {
    CudaLearner learner(*device, run.spec(), run.made_up().weights());
    alone = losses_of(train(learner, run, 0, MadeUpRun::steps));
  }
  const std::int64_t free_before = device->free_bytes();
  std::vector<std::vector<double>> losses(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < 4; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < losses.size(); i += 4) {  // streams come and go
          CudaLearner learner(*device, run.spec(), run.made_up().weights());
          losses[i] = losses_of(train(learner, run, 0, MadeUpRun::steps));
        }
      });
    }
  }

  EXPECT_EQ(losses, std::vector(8, alone));
  EXPECT_EQ(device->free_bytes(), free_before);
  device.reset();
  EXPECT_EQ(StubCuda::objects(), 0);
}

TEST_F(StubbedCuda, AStreamThatComesWhileAnotherGoesHasAWorkspaceOfItsOwn) {
  // Its handle may be that of the one that goes.
  const auto device = device_of_stub();
  const Address memory = device->allocate(4096);
  device->clear(device->make_stream(), memory, 4096);
  std::vector<std::jthread> threads;
  for (Address thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, at = memory + 1024 * thread] {
      for (int i = 0; i < 200; ++i) {
        const StreamId stream = device->make_stream();
        device->multiply(stream, small_product(at));
        EXPECT_NO_THROW(device->await(stream));
        device->release_stream(stream);
      }
    });
  }
  threads.clear();
  device->release(memory);
}

TEST_F(StubbedCuda, MemoryThatIsShortForTheFirstStepMakesFewerExamplesAtATime) {
  const MadeUpRun run(Norm::post, "portable");
  const auto device = device_of_stub();
  const std::int64_t before = device->free_bytes();
  std::int64_t needed = 0;
  {
    CudaLearner learner(*device, run.spec(), run.made_up().weights());
    train(learner, run, 0, MadeUpRun::steps);
    needed = before - device->free_bytes();
  }
  stub_.set("STUB_CUDA_MEMORY", std::to_string(needed - 1));

  CudaLearner learner(*device, run.spec(), run.made_up().weights());

  EXPECT_LT(learner.examples_at_a_time(), std::ssize(run.spec().longest_batch));
  EXPECT_EQ(std::ssize(train(learner, run, 0, MadeUpRun::steps)), MadeUpRun::steps);
}

TEST_F(StubbedCuda, KeptKernelsThatAreNotWholeAreCompiledAnew) {
  const std::string kernels = device_of_stub()->facts().libraries;
  const std::filesystem::path file = *std::filesystem::directory_iterator(stub_.cache());
  const auto size = std::filesystem::file_size(file);
  for (const auto left : {std::uintmax_t{0}, std::uintmax_t{3}, size - 1}) {
    std::filesystem::resize_file(file, left);

    EXPECT_EQ(device_of_stub()->facts().libraries, kernels) << left;
    EXPECT_EQ(std::filesystem::file_size(file), size) << "it is kept again";
  }
}

TEST_F(StubbedCuda, ACompilerThatGivesNoCodeIsRefused) {
  stub_.set("STUB_CUDA_FAIL", "nvrtcGetCUBIN");

  const auto device = make_cuda_device(0);

  ASSERT_FALSE(device);
  EXPECT_THAT(device.error().message, HasSubstr("gives no code"));
}

TEST_F(StubbedCuda, ADeviceThatDoesNotAnswerIsNotCalledTooOld) {
  stub_.set("STUB_CUDA_FAIL", "cuDeviceGetAttribute");

  const auto device = make_cuda_device(0);

  ASSERT_FALSE(device);
  EXPECT_THAT(device.error().message, HasSubstr("an illegal memory access was encountered"));
}

TEST_F(StubbedCuda, LearnsTheSameBitsWhereThereIsNoMemoryForGraphs) {
  const MadeUpRun run(Norm::post, "portable");
  const auto device = device_of_stub();
  CudaLearner with_graphs(*device, run.spec(), run.made_up().weights());
  const auto losses = losses_of(train(with_graphs, run, 0, MadeUpRun::steps));
  stub_.set("STUB_CUDA_FAIL", "cuGraphInstantiate");

  CudaLearner without(*device, run.spec(), run.made_up().weights());

  EXPECT_EQ(losses_of(train(without, run, 0, MadeUpRun::steps)), losses);
}

TEST(LibraryFiles, AreFoundByTheNamesOfWheelsAndOfLibTorchsArchives) {
  const tarama::test::TempFolder folder;
  for (const char* const name : {"libnvrtc-b51b459d.so.12",
                                 "libnvrtc-builtins.so.12",
                                 "libnvrtc.alt.so.12",
                                 "libnvrtc.so.13",
                                 "libnvrtc.so.12",
                                 "libnvrtc.so.11",
                                 "libnvrtc-.so.12"}) {
    std::ofstream(folder.path() / name) << "library";
  }

  EXPECT_THAT(library_files(folder.path(), "libnvrtc"),
              testing::ElementsAre(folder.path() / "libnvrtc.so.13",
                                   folder.path() / "libnvrtc.so.12",
                                   folder.path() / "libnvrtc-b51b459d.so.12"));
  EXPECT_THAT(library_files(folder.path() / "none", "libnvrtc"), testing::IsEmpty());
}

TEST_F(StubbedCuda, AGenerationThatIsTooOldIsRefused) {
  stub_.set("STUB_CUDA_FAIL", "generation");

  const auto device = make_cuda_device(0);

  ASSERT_FALSE(device);
  EXPECT_THAT(device.error().message, HasSubstr("compute capability 7.0 is too old"));
}

TEST_F(StubbedCuda, ADeviceThatIsNotThereIsSaid) {
  EXPECT_THAT(make_cuda_device(1).error().message, HasSubstr("NVIDIA's driver sees 1;"));
}

}  // namespace
}  // namespace tarama::cuda::test
