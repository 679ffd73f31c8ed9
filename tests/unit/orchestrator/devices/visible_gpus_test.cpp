// What CUDA_VISIBLE_DEVICES leaves of four GPUs, and what is told of it.
#include "orchestrator/devices/visible_gpus.hpp"

#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

VisibleGpus seen(const char* visible, const char* order = nullptr) {
  return visible_gpus(survey_gpus(test::stub_nvml()).gpus, visible, order);
}

std::vector<int> indices(const char* visible) {
  std::vector<int> left;
  for (const Gpu& gpu : seen(visible).gpus) {
    left.push_back(gpu.index);
  }
  return left;
}

TEST(VisibleGpus, TheUsersOwnChoiceIsKeptInItsOrder) {
  EXPECT_THAT(indices(nullptr), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(indices("3,1"), ElementsAre(3, 1));
  EXPECT_THAT(indices(" 3, 1 "), ElementsAre(3, 1));
  EXPECT_THAT(indices("GPU-stub-2"), ElementsAre(2));
  EXPECT_EQ(seen("3,GPU-stub-0").trouble, "");
}

TEST(VisibleGpus, NoneIsAChoiceAsWell) {
  EXPECT_THAT(indices(""), IsEmpty());
  EXPECT_THAT(indices("-1"), IsEmpty());
  EXPECT_THAT(indices("1,-1,2"), ElementsAre(1));
  EXPECT_EQ(seen("").trouble, "");
  EXPECT_EQ(seen("1,-1,2").trouble, "");
}

TEST(VisibleGpus, WhatIsNotThereIsTold) {
  EXPECT_THAT(indices("1,9,2"), ElementsAre(1));  // as CUDA does
  EXPECT_EQ(seen("1,9,2").trouble,
            "CUDA_VISIBLE_DEVICES=1,9,2: '9' is no GPU of this machine, nor a part of one; this "
            "machine has "
            "0 (GPU-stub-0), 1 (GPU-stub-1), 2 (GPU-stub-2), 3 (GPU-stub-3)");
  EXPECT_THAT(seen("MIG-5a1c").trouble, HasSubstr("is no GPU of this machine, nor a part of one"));
  EXPECT_THAT(seen("GPU-stub").trouble, HasSubstr("fits several GPUs"));
  EXPECT_THAT(seen("1,1").trouble, HasSubstr("is named twice"));
  EXPECT_THAT(visible_gpus({}, "0", nullptr).trouble,
              HasSubstr("this machine has no GPU that answers"));
}

TEST(VisibleGpus, APartIsNamedByItsUuidAndAllOfAGpuByItsNumber) {
  setenv("STUB_NVML_CUT", "1", 1);

  EXPECT_THAT(indices(nullptr), ElementsAre(0, 1, 1, 2, 3));
  EXPECT_THAT(indices("1"), ElementsAre(1, 1));
  ASSERT_THAT(indices("MIG-stub-1-2"), ElementsAre(1));
  EXPECT_EQ(seen("MIG-stub-1-2").gpus.front().part, 2);
  EXPECT_THAT(seen("MIG-stub").trouble, HasSubstr("fits several GPUs"));
  unsetenv("STUB_NVML_CUT");
}

TEST(VisibleGpus, WhereCudaMayCountOtherwiseItIsSaid) {
  EXPECT_EQ(seen("1").order, "");
  setenv("STUB_NVML_ODD", "3", 1);
  EXPECT_THAT(seen("1").order, HasSubstr("tarama counts GPUs by PCI bus"));
  EXPECT_EQ(seen("1", "PCI_BUS_ID").order, "");
  EXPECT_EQ(seen("GPU-stub-3").order, "");
  EXPECT_EQ(seen(nullptr).order, "");
  unsetenv("STUB_NVML_ODD");
}

}  // namespace
}  // namespace tarama::orchestrator
