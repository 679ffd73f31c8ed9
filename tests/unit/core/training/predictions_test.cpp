// Class numbers to bytes, and bytes from elsewhere.
#include "core/training/predictions.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tarama {
namespace {

TEST(CodedClasses, TakeOneByteUpTo256ClassesAndTwoBeyond) {
  constexpr std::array<std::int32_t, 3> numbers = {0, 255, 3};

  EXPECT_EQ(coded_classes(numbers, 256), std::string("\0\xff\3", 3));
  EXPECT_EQ(coded_classes(numbers, 257), std::string("\0\0\xff\0\3\0", 6));
  EXPECT_EQ(coded_classes(std::array<std::int32_t, 1>{0x1234}, 65536), "\x34\x12");
  EXPECT_EQ(coded_classes(std::array<std::int32_t, 1>{0x10000}, 65537), std::string("\0\0\1\0", 4));
}

TEST(CodedClasses, AreThoseOfSoManyExamplesAndOfClassesThatThereAre) {
  EXPECT_TRUE(are_coded_classes(std::string("\0\1\2", 3), 3, 3));
  EXPECT_FALSE(are_coded_classes(std::string("\0\1\2", 3), 3, 2)) << "there is no class 2";
  EXPECT_FALSE(are_coded_classes(std::string("\0\1\2", 3), 4, 3));
  EXPECT_FALSE(are_coded_classes("abc", 1, 300)) << "half an example is left over";
  EXPECT_TRUE(are_coded_classes(std::string("\1\1", 2), 1, 258)) << "257 is the last class";
  EXPECT_FALSE(are_coded_classes(std::string("\1\1", 2), 1, 257));
  EXPECT_TRUE(are_coded_classes("", 0, 3));
  EXPECT_FALSE(are_coded_classes("", -1, 3));
}

}  // namespace
}  // namespace tarama
