// That a GPU which computes wrong numbers is found before it trains anything.
#include "worker/cuda/self_check.hpp"

#include "tests/cuda/stand_in/stand_in.hpp"
#include "tests/gpu/passing_device.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <gmock/gmock.h>
#include <optional>
#include <string>

namespace tarama::cuda::test {
namespace {

using testing::HasSubstr;

/// A device on which one kind of work goes wrong.
class WrongDevice final : public gpu_check::PassingDevice {
 public:
  explicit WrongDevice(Device& device) : PassingDevice(device) {}

  std::function<bool(const Launch&)> leaves_out = [](const Launch&) { return false; };
  std::function<MatrixProduct(const MatrixProduct&)> asked_for = [](const MatrixProduct& product) {
    return product;
  };

  void launch(StreamId stream, const Launch& launch) override {
    if (!leaves_out(launch)) {
      PassingDevice::launch(stream, launch);
    }
  }

  void multiply(StreamId stream, const MatrixProduct& product) override {
    PassingDevice::multiply(stream, asked_for(product));
  }
};

TEST(SelfCheck, FindsNothingWhereAllIsRight) {
  StandIn device({.eagerness = Eagerness::random});

  EXPECT_EQ(fault_in(device), std::nullopt);
  EXPECT_THAT(device.faults(), testing::IsEmpty());
  EXPECT_THAT(device.leaks(), testing::IsEmpty());
}

class SelfCheckWithout : public testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         SelfCheckWithout,
                         testing::Range(std::size_t{0}, kernel_count),
                         [](const auto& kernel) { return kernel_names[kernel.param]; });

TEST_P(SelfCheckWithout, AKernelFindsIt) {
  StandIn stand_in({});
  WrongDevice device(stand_in);
  std::int64_t left_out = 0;
  device.leaves_out = [&](const Launch& launch) {
    const bool is_it = launch.kernel == static_cast<KernelId>(GetParam());
    left_out += is_it ? 1 : 0;
    return is_it;
  };

  EXPECT_NE(fault_in(device), std::nullopt);
  EXPECT_GT(left_out, 0);
}

TEST(SelfCheck, FindsProductsThatLackTheirLastTerm) {
  for (const NumberType factors : {NumberType::float32, NumberType::bfloat16}) {
    StandIn stand_in({});
    WrongDevice device(stand_in);
    device.asked_for = [&](const MatrixProduct& product) {
      MatrixProduct wrong = product;
      wrong.k -= product.factors == factors ? 1 : 0;
      return wrong;
    };

    const auto fault = fault_in(device);

    ASSERT_NE(fault, std::nullopt);
    EXPECT_THAT(*fault, HasSubstr(factors == NumberType::float32 ? "in fp32" : "in bf16"));
  }
}

TEST(SelfCheck, FindsWhatIsNotTheSameTwice) {
  StandIn stand_in({});
  WrongDevice device(stand_in);
  std::int64_t products = 0;
  // Far too little to show in a loss of float32 but by its bits.
  device.asked_for = [&](const MatrixProduct& product) {
    MatrixProduct wrong = product;
    const bool is_hit = ++products == 150;
    wrong.n -= is_hit && product.n > 1 ? 1 : 0;
    return wrong;
  };

  EXPECT_NE(fault_in(device), std::nullopt);
  EXPECT_GT(products, 150);
}

TEST(SelfCheck, SaysWhatADeviceThatFailsSays) {
  StandIn stand_in({});
  WrongDevice device(stand_in);
  device.leaves_out = [](const Launch&) -> bool {
    throw DeviceError("CUDA error: an illegal instruction was encountered");
  };

  EXPECT_EQ(fault_in(device), "CUDA error: an illegal instruction was encountered");
}

TEST(SelfCheck, OfAFullDeviceNothingIsKnown) {
  StandIn device({.memory_bytes = 1000});

  EXPECT_THROW(static_cast<void>(fault_in(device)), OutOfDeviceMemory);
}

}  // namespace
}  // namespace tarama::cuda::test
