// What opens and calls NVIDIA's libraries, over a stub of all three whose device is the host.
#include "worker/cuda/driver/cuda_device.hpp"

#include "tests/cuda/cuda_run.hpp"
#include "tests/cuda/stub_folder.hpp"
#include "tests/support/small_jobs.hpp"
#include "worker/cuda/cuda_trainer.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <memory>
#include <string>

namespace tarama::cuda::test {
namespace {

using testing::HasSubstr;

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
  EXPECT_THAT(facts.libraries, HasSubstr("driver for CUDA 13.0, NVRTC 13.0 ("));
  EXPECT_THAT(facts.libraries, HasSubstr("cuBLASLt 130000 ("));
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
