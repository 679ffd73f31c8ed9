// Arrays that share their numbers until they are changed.
#include "core/training/shared_array.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace tarama {
namespace {

TEST(SharedArray, ReadsItsOwnNumbers) {
  const SharedArray<float> array = {1, 2, 3};

  EXPECT_FALSE(array.is_shared());
  EXPECT_EQ(array, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(array[1], 2);
  EXPECT_EQ(array.back(), 3);
  EXPECT_TRUE(SharedArray<float>().empty());
}

TEST(SharedArray, KeepsWhatItIsAPartOf) {
  auto all = std::make_shared<const std::vector<int>>(std::vector<int>{1, 2, 3, 4});
  const std::weak_ptr<const std::vector<int>> watched = all;
  {
    const SharedArray<int> part(all, std::span(*all).subspan(1, 2));
    const SharedArray<int> copy = part;
    all.reset();

    EXPECT_EQ(copy, (std::vector<int>{2, 3}));
    EXPECT_EQ(copy.data(), part.data());
  }
  EXPECT_TRUE(watched.expired());
}

TEST(SharedArray, AChangeMakesTheNumbersItsOwn) {
  const auto all = std::make_shared<const std::vector<int>>(std::vector<int>{1, 2});
  SharedArray<int> part(all, *all);
  const SharedArray<int> copy = part;

  part.edit()[0] = 7;
  part.push_back(3);
  part.insert(part.end(), copy.begin(), copy.end());

  EXPECT_EQ(part, (std::vector<int>{7, 2, 3, 1, 2}));
  EXPECT_FALSE(part.is_shared());
  EXPECT_EQ(copy, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace tarama
