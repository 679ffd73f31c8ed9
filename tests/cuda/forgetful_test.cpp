// That the learner's every order between streams is needed, and that the stand-in finds it where
// one is left out.
#include "tests/cuda/cuda_run.hpp"
#include "tests/gpu/passing_device.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama::cuda::test {
namespace {

/// The stand-in, but that one wait of a stream for an event is left out.
class ForgetfulDevice final : public gpu_check::PassingDevice {
 public:
  /// `forgotten`: the number of the wait, from 0.
  ForgetfulDevice(Device& device, std::int64_t forgotten)
      : PassingDevice(device), left_(forgotten) {}

  [[nodiscard]] bool has_forgotten() const { return left_ < 0; }

  void wait(StreamId stream, EventId event) override {
    if (left_-- != 0) {
      PassingDevice::wait(stream, event);
    }
  }

 private:
  std::int64_t left_;
};

TEST(ForgottenWaits, AreFoundEachOfThem) {
  const MadeUpRun run(Norm::post, "portable");
  std::int64_t forgotten = 0;
  for (;; ++forgotten) {
    StandIn stand_in({});
    ForgetfulDevice device(stand_in, forgotten);
    std::string found = "nothing";
    try {
      CudaLearner learner(device, run.spec(), run.made_up().weights());
      train(learner, run, 0, 6);
    } catch (const DeviceError& error) {
      found = error.what();
    }
    if (!device.has_forgotten()) {
      break;
    }
    EXPECT_THAT(found, testing::HasSubstr("no event is between them")) << "wait " << forgotten;
  }
  EXPECT_EQ(forgotten, 9)
      << "an upload a step, and a slot that is written again from the fourth on";
}

}  // namespace
}  // namespace tarama::cuda::test
