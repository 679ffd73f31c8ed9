// What goes together, and what is said where it does not.
#include "orchestrator/devices/cuda_fit.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::orchestrator {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

CudaStack fitting() {
  return {.driver = "550.54",
          .driver_serves = 12040,
          .libtorch = "2.13.0",
          .libtorch_of = 12060,
          .kernel_compiler = "NVRTC 12.6 (/wheels/libnvrtc.so.12)",
          .gpus = {{8, 0}, {9, 0}}};
}

TEST(CudaFit, WithinOneNumberOldDriversServeNewCuda) {
  EXPECT_THAT(misfits_of(fitting()), IsEmpty());
  EXPECT_EQ(words_of(fitting()),
            "driver 550.54 serves CUDA 12.4, LibTorch 2.13.0 is of CUDA 12.6, NVRTC 12.6 "
            "(/wheels/libnvrtc.so.12)");
}

TEST(CudaFit, ANewerNumberNeedsANewerDriver) {
  CudaStack stack = fitting();
  stack.libtorch_of = 13000;
  stack.kernel_compiler = "NVRTC 13.0 (/x)";

  const std::vector<Misfit> misfits = misfits_of(stack);

  ASSERT_THAT(misfits, SizeIs(2));
  EXPECT_EQ(
      misfits[0],
      (Misfit{"LibTorch 2.13.0 is of CUDA 13.0, but the driver 550.54 serves CUDA 12.4 at most",
              "install a driver 580 or newer, or build with a LibTorch (TARAMA_TORCH_INDEX) "
              "of CUDA 12"}));
  EXPECT_THAT(misfits[1].what, HasSubstr("NVRTC 13.0 (/x) is of CUDA 13.0, but the driver"));
  EXPECT_THAT(misfits[1].remedy, HasSubstr("TARAMA_NVRTC"));
}

TEST(CudaFit, ALibTorchWithoutCudaIsNamed) {
  CudaStack stack = fitting();
  stack.libtorch_of = 0;

  ASSERT_THAT(misfits_of(stack), SizeIs(1));
  EXPECT_THAT(misfits_of(stack)[0].what, HasSubstr("was built without CUDA"));
  EXPECT_THAT(misfits_of(stack)[0].remedy, HasSubstr("of CUDA 12"));
}

TEST(CudaFit, GenerationsThatACudaHasNoCodeForAreNamed) {
  CudaStack blackwell = fitting();
  blackwell.gpus = {{10, 0}};
  CudaStack volta = fitting();
  volta.driver_serves = 13000;
  volta.libtorch_of = 13000;
  volta.gpus = {{7, 0}};

  ASSERT_THAT(misfits_of(blackwell), SizeIs(2));
  EXPECT_THAT(misfits_of(blackwell)[0].what,
              HasSubstr("no code for a GPU of compute capability 10"));
  EXPECT_THAT(misfits_of(blackwell)[0].remedy, HasSubstr("of CUDA 12.8 or newer"));
  ASSERT_THAT(misfits_of(volta), SizeIs(2));
  EXPECT_THAT(misfits_of(volta)[0].remedy, HasSubstr("of CUDA 12"));
  EXPECT_THAT(misfits_of(volta)[1].what, HasSubstr("the packed learner needs 8.0"));
}

TEST(CudaFit, WhatIsNotKnownIsNoMisfit) {
  EXPECT_THAT(misfits_of({.driver = "550.54",
                          .driver_serves = {},
                          .libtorch = "",
                          .libtorch_of = {},
                          .kernel_compiler = "nothing: it was not found",
                          .gpus = {}}),
              IsEmpty());
  EXPECT_EQ(version_of_compiler("NVRTC 12.8 (x)"), 12080);
  EXPECT_EQ(version_of_compiler("NVRTC 12"), std::nullopt);
  EXPECT_EQ(version_of_compiler("NVRTC x.y (z)"), std::nullopt);
}

}  // namespace
}  // namespace tarama::orchestrator
