// The generator against Random123's published vectors, and what masks depend on.
#include "core/training/philox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <numeric>
#include <rapidcheck.h>
#include <set>
#include <vector>

namespace tarama {
namespace {

// Random123's kat_vectors, "philox4x32 10".
TEST(Philox, EqualsThePublishedVectors) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

const PhiloxRow example_row = {.seed = 0x1234567890,
                               .place = Place::attention_dropout,
                               .layer = 3,
                               .step = 70,
                               .example = 5,
                               .index = 2};

TEST(Philox, CounterHoldsEachCoordinateInItsBits) {
  EXPECT_EQ(counter_of(example_row, 9), (PhiloxCounter{9, 5 << 16 | 2, 70, 5 << 16 | 3}));
  EXPECT_EQ(key_of(example_row.seed), (PhiloxKey{0x34567890, 0x12}));
}

TEST(Philox, CoordinatesPastTheirBitsFail) {
  PhiloxRow row = example_row;
  row.example = 1 << 16;

  EXPECT_DEATH(static_cast<void>(counter_of(row, 0)), "tarama has a bug");
}

TEST(Philox, MasksAreTheWordsOfTheirElements) {
  EXPECT_TRUE(rc::check("whatever the row and its length", [] {
    PhiloxRow row = example_row;
    row.seed = *rc::gen::arbitrary<std::int64_t>();
    row.step = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    row.index = *rc::gen::inRange<std::int64_t>(0, 512);
    const auto length = *rc::gen::inRange<std::size_t>(0, 400);
    const double dropout = *rc::gen::element(0.0, 0.1, 0.5, 0.99);
    std::vector<float> mask(length);

    fill_dropout_mask(row, dropout, mask);

    for (std::size_t element = 0; element < length; ++element) {
      const bool is_kept =
          word_of(row, static_cast<std::int64_t>(element)) >= keep_threshold(dropout);
      RC_ASSERT(mask[element] == (is_kept ? keep_scale(dropout) : 0.0F));
    }
  }));
}

TEST(Philox, AMaskDoesNotDependOnWhatLiesBehindIt) {
  std::vector<float> bare(70);
  std::vector<float> padded(384);

  fill_dropout_mask(example_row, 0.1, bare);
  fill_dropout_mask(example_row, 0.1, padded);

  EXPECT_TRUE(std::equal(bare.begin(), bare.end(), padded.begin()));
}

TEST(Philox, EveryCoordinateChangesTheMask) {
  std::vector<PhiloxRow> rows(7, example_row);
  rows[1].seed += 1;
  rows[2].place = Place::feed_forward_dropout;
  rows[3].layer += 1;
  rows[4].step += 1;
  rows[5].example += 1;
  rows[6].index += 1;
  std::set<std::vector<float>> masks;

  for (const PhiloxRow& row : rows) {
    std::vector<float> mask(128);
    fill_dropout_mask(row, 0.5, mask);
    masks.insert(mask);
  }

  EXPECT_EQ(masks.size(), rows.size());
}

TEST(Philox, DropsTheShareThatWasAsked) {
  std::vector<float> mask(1'000'000);

  fill_dropout_mask(example_row, 0.1, mask);

  const auto dropped = static_cast<double>(std::ranges::count(mask, 0.0F));
  EXPECT_NEAR(dropped / 1e6, 0.1, 0.0012);  // 4 standard deviations of a binomial
  const double mean = std::accumulate(mask.begin(), mask.end(), 0.0) / 1e6;
  EXPECT_NEAR(mean, 1.0, 0.0014);  // inverted dropout keeps the expectation
}

TEST(Philox, NoDropoutKeepsAllUnscaled) {
  std::vector<float> mask(100);

  fill_dropout_mask(example_row, 0.0, mask);

  EXPECT_THAT(mask, testing::Each(1.0F));
}

TEST(PhiloxStream, NormalsHaveMeanZeroAndVarianceOne) {
  PhiloxStream stream(example_row);
  constexpr int count = 100'000;
  double sum = 0;
  double squares = 0;
  int beyond_two = 0;

  for (int draw = 0; draw < count; ++draw) {
    const double value = stream.normal();
    sum += value;
    squares += value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }

  EXPECT_NEAR(sum / count, 0.0, 0.013);  // 4 standard errors
  EXPECT_NEAR(squares / count, 1.0, 0.018);
  EXPECT_NEAR(static_cast<double>(beyond_two) / count, 0.0455, 0.0027);
}

TEST(PhiloxStream, BelowIsEvenAndInRange) {
  PhiloxStream stream(example_row);
  std::vector<int> counts(7);

  for (int draw = 0; draw < 70'000; ++draw) {
    ++counts.at(stream.below(7));
  }

  EXPECT_THAT(counts, testing::Each(testing::AllOf(testing::Gt(9'600), testing::Lt(10'400))));
}

TEST(PhiloxStream, StartsAgainFromItsRow) {
  PhiloxStream first(example_row);
  PhiloxStream again(example_row);

  EXPECT_EQ(first.next32(), philox4x32(counter_of(example_row, 0), key_of(example_row.seed))[0]);
  EXPECT_EQ(again.next64() & 0xffffffff,
            philox4x32(counter_of(example_row, 0), key_of(example_row.seed))[0]);
}

}  // namespace
}  // namespace tarama
