// Which words of a library are about memory, about a device, or about neither.
#include "worker/training/device_failure.hpp"

#include <gtest/gtest.h>

namespace tarama::training {
namespace {

TEST(DeviceFailure, MemoryThatRanOutIsNoBrokenDevice) {
  for (const char* what : {
           "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of",
           "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
           "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
           "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate",
       }) {
    EXPECT_EQ(device_failure_in(what), FailureClass::out_of_memory) << what;
  }
}

TEST(DeviceFailure, EveryOtherErrorOfTheDevicePoisonsTheProcess) {
  for (const char* what : {
           "CUDA error: an illegal memory access was encountered",
           "CUDA error: uncorrectable ECC error encountered",
           "CUDA error: device-side assert triggered",
           "CUDA error: unspecified launch failure",
           "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle, opa`",
           "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
           "Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before",
       }) {
    EXPECT_EQ(device_failure_in(what), FailureClass::device_error) << what;
  }
}

TEST(DeviceFailure, AllElseIsAboutSomethingElse) {
  for (const char* what : {"", "the size of tensor a (3) must match", "vector::_M_range_check"}) {
    EXPECT_EQ(device_failure_in(what), std::nullopt) << what;
  }
}

}  // namespace
}  // namespace tarama::training
