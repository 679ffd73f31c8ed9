// Which sweeps are the same sweep.
#include "core/sweep/sweep_identity.hpp"

#include <gtest/gtest.h>

namespace tarama {
namespace {

TEST(SweepIdentity, TheOrderOfTheRunsDoesNotCount) {
  EXPECT_EQ(identity_of("cola", {"b", "a", "c"}), identity_of("cola", {"a", "b", "c"}));
}

TEST(SweepIdentity, TheNameAndEveryKeyCount) {
  const std::string identity = identity_of("cola", {"a", "b"});
  EXPECT_NE(identity, identity_of("sst", {"a", "b"}));
  EXPECT_NE(identity, identity_of("cola", {"a"}));
  EXPECT_NE(identity, identity_of("cola", {"ab"}));
}

TEST(SweepIdentity, ItsBitsStayAsStoresKeepThem) {
  EXPECT_EQ(identity_of("cola", {"a", "b"}), "59620958cf7343e5a765594dc6113dca");
}

}  // namespace
}  // namespace tarama
