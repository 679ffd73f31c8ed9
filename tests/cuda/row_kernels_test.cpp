// Dropout's masks, embeddings, and dropout + residual + LayerNorm: as plain C++ against the packed
// learner's kernels.
#include "tests/cuda/host_batch.hpp"
#include "tests/cuda/stand_in/host_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

namespace tarama::cuda::test {
namespace {

using packed::test::farthest;
using packed::test::same_bits;

constexpr double close = 4e-6;  // some roundings of numbers of up to 10

/// By the packed learner's kernels, in float.
struct Expected {
  std::vector<float> stream;
  std::vector<float> normal;
  std::vector<float> inverse;
  std::vector<float> out;
};

std::vector<double> wide(const std::vector<float>& numbers) {
  return {numbers.begin(), numbers.end()};
}

class RowKernels : public testing::TestWithParam<std::tuple<std::int64_t, double, NormOrder>> {
 protected:
  RowKernels() {
    std::tie(hidden, rate, order) = GetParam();
    host.emplace(MadeUpCase{.hidden = hidden, .heads = 1, .lengths = {9, 1, 17, 4}});
    threads = row_threads(static_cast<Int32>(hidden));
    Numbers numbers(7);
    gain = numbers.normal<float>(hidden);
    shift = numbers.normal<float>(hidden);
    bias = numbers.normal<float>(hidden);
  }

  [[nodiscard]] std::int64_t elements(std::int64_t rows) const { return rows * hidden; }

  /// LayerNorm of each row.
  void normalize(const std::vector<float>& x, Expected& expected) const {
    const auto& kernels = *packed::kernels_named("portable");
    const std::int64_t rows = std::ssize(x) / hidden;
    expected.normal.resize(x.size());
    expected.out.resize(x.size());
    for (std::int64_t row = 0; row < rows; ++row) {
      expected.inverse.push_back(kernels.normalize(x.data() + row * hidden,
                                                   gain.data(),
                                                   shift.data(),
                                                   1e-12F,
                                                   hidden,
                                                   expected.normal.data() + row * hidden,
                                                   expected.out.data() + row * hidden));
    }
  }

  [[nodiscard]] NormArgs norm(std::vector<float>& normal, std::vector<float>& inverse) {
    return {.gain = at<const float>(gain),
            .shift = at<const float>(shift),
            .normal = at<float>(normal),
            .inverse = at<float>(inverse),
            .eps = 1e-12F};
  }

  /// The first rows are close to what is expected, and those behind are zeros.
  static void expect_rows(std::vector<float> actual, const std::vector<float>& expected) {
    std::vector<double> wanted = wide(expected);
    wanted.resize(actual.size());
    EXPECT_LT(farthest<float>(actual, wanted), close);
  }

  std::int64_t hidden = 0;
  double rate = 0;
  NormOrder order{};
  Int32 threads = 0;
  std::optional<HostBatch> host;
  std::vector<float> gain;
  std::vector<float> shift;
  std::vector<float> bias;
};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         RowKernels,
                         testing::Combine(testing::Values(24, 64, 384, 1024, 4096),
                                          testing::Values(0.0, 0.1),
                                          testing::Values(NormOrder::post, NormOrder::pre)),
                         [](const auto& kind) {
                           return std::to_string(std::get<0>(kind.param)) +
                                  (std::get<1>(kind.param) > 0 ? "_drops" : "") +
                                  (std::get<2>(kind.param) == NormOrder::post ? "_post" : "_pre");
                         });

TEST_P(RowKernels, AddAndNormalizeAsThePackedLearner) {
  const std::int64_t rows = host->batch.tokens();
  Numbers numbers(3);
  std::vector<float> x = numbers.normal<float>(elements(host->tokens));
  std::vector<float> residual = numbers.normal<float>(elements(host->tokens));
  const std::vector<float> factors =
      factors_of(*host, RowsOf::tokens, rate, Place::feed_forward_dropout, 3);
  std::vector<float> sum(static_cast<std::size_t>(elements(rows)));
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] = (x[i] + bias[i % static_cast<std::size_t>(hidden)]) * factors[i] + residual[i];
  }
  Expected expected;
  normalize(sum, expected);
  expected.stream = order == NormOrder::post ? expected.out : sum;

  std::vector<float> before;
  for (const ThreadOrder thread_order : both_orders) {
    std::vector<float> stream(x.size(), 77);
    std::vector<float> operand(x.size(), 77);
    std::vector<float> normal(x.size());
    std::vector<float> inverse(static_cast<std::size_t>(host->tokens));
    run_on_host<AddAndNormalize<float>>(
        {.blocks_x = static_cast<Int32>(host->tokens), .threads = threads},
        {.batch = host->view,
         .rows = RowsOf::tokens,
         .hidden = static_cast<Int32>(hidden),
         .order = order,
         .residual_is_by_token = 0,
         .x = at<const float>(x),
         .bias = at<const float>(bias),
         .residual = at<const float>(residual),
         .norm = norm(normal, inverse),
         .dropout = dropout_of(rate, Place::feed_forward_dropout, 3),
         .stream = at<float>(stream),
         .operand = at<float>(operand)},
        thread_order);

    expect_rows(stream, expected.stream);
    expect_rows(operand, expected.out);
    normal.resize(expected.normal.size());
    expect_rows(normal, expected.normal);
    EXPECT_TRUE(before.empty() || same_bits<float>(before, operand));
    before = operand;
  }
}

TEST_P(RowKernels, NormalizeBackwardAsThePackedLearner) {
  const auto& kernels = *packed::kernels_named("portable");
  const std::int64_t rows = host->batch.tokens();
  Numbers numbers(4);
  std::vector<float> d_norm = numbers.normal<float>(elements(host->tokens));
  std::vector<float> d_plus = numbers.normal<float>(elements(host->tokens));
  std::vector<float> normal = numbers.normal<float>(elements(host->tokens));
  std::vector<float> inverse = numbers.normal<float>(host->tokens);
  const std::vector<float> factors =
      factors_of(*host, RowsOf::tokens, rate, Place::attention_output_dropout, 2);
  std::vector<float> d_sum(static_cast<std::size_t>(elements(rows)));
  std::vector<float> d_part(d_sum.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    kernels.normalize_backward(d_norm.data() + row * hidden,
                               normal.data() + row * hidden,
                               gain.data(),
                               inverse[static_cast<std::size_t>(row)],
                               hidden,
                               d_sum.data() + row * hidden);
  }
  for (std::size_t i = 0; i < d_sum.size(); ++i) {
    d_sum[i] += order == NormOrder::pre ? d_plus[i] : 0;
    d_part[i] = d_sum[i] * factors[i];
  }

  std::vector<float> before;
  for (const ThreadOrder thread_order : both_orders) {
    std::vector<float> sum(d_norm.size(), 77);
    std::vector<float> part(d_norm.size(), 77);
    run_on_host<NormalizeBackward<float>>(
        {.blocks_x = static_cast<Int32>(host->tokens), .threads = threads},
        {.batch = host->view,
         .rows = RowsOf::tokens,
         .hidden = static_cast<Int32>(hidden),
         .drops_first = 0,
         .d_norm = at<float>(d_norm),
         .d_plus = order == NormOrder::pre ? at<const float>(d_plus) : Ptr<const float>(),
         .gain = at<const float>(gain),
         .normal = at<const float>(normal),
         .inverse = at<const float>(inverse),
         .dropout = dropout_of(rate, Place::attention_output_dropout, 2),
         .d_sum = at<float>(sum),
         .d_part = at<float>(part),
         .d_part_float = Ptr<float>()},
        thread_order);

    std::vector<double> wanted = wide(d_sum);
    wanted.resize(sum.size());
    EXPECT_LT(farthest<float>(sum, wanted), 10 * close);
    wanted = wide(d_part);
    wanted.resize(part.size());
    EXPECT_LT(farthest<float>(part, wanted), 10 * close);
    EXPECT_TRUE(before.empty() || same_bits<float>(before, part));
    before = part;
  }
}

TEST_P(RowKernels, EmbedAsThePackedLearner) {
  Numbers numbers(5);
  std::vector<float> words = numbers.normal<float>(elements(std::ssize(host->plan.pieces)));
  std::vector<float> positions = numbers.normal<float>(elements(80));
  std::vector<float> types = numbers.normal<float>(elements(2));
  const std::vector<float> factors =
      factors_of(*host, RowsOf::tokens, rate, Place::embedding_dropout, 0);
  std::vector<float> sum(factors.size());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const std::size_t token = i / static_cast<std::size_t>(hidden);
    const std::int64_t column = static_cast<std::int64_t>(i) % hidden;
    const auto element = [&](const std::vector<float>& table, std::int32_t row) {
      return table[static_cast<std::size_t>(row * hidden + column)];
    };
    sum[i] = element(words, host->layout.words[token]) + element(types, host->layout.types[token]) +
             element(positions, host->layout.position_of[token]);
    sum[i] *= order == NormOrder::pre ? factors[i] : 1;
  }
  Expected expected;
  normalize(sum, expected);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    expected.out[i] *= order == NormOrder::post ? factors[i] : 1;
  }
  expected.stream = order == NormOrder::post ? expected.out : sum;

  for (const ThreadOrder thread_order : both_orders) {
    std::vector<float> stream(static_cast<std::size_t>(elements(host->tokens)), 77);
    std::vector<float> operand(stream.size(), 77);
    std::vector<float> normal(stream.size());
    std::vector<float> inverse(static_cast<std::size_t>(host->tokens));
    run_on_host<Embed<float>>({.blocks_x = static_cast<Int32>(host->tokens), .threads = threads},
                              {.batch = host->view,
                               .hidden = static_cast<Int32>(hidden),
                               .order = order,
                               .words = at<const float>(words),
                               .positions = at<const float>(positions),
                               .types = at<const float>(types),
                               .norm = norm(normal, inverse),
                               .dropout = dropout_of(rate, Place::embedding_dropout),
                               .stream = at<float>(stream),
                               .operand = at<float>(operand)},
                              thread_order);

    expect_rows(stream, expected.stream);
    expect_rows(operand, expected.out);
  }
}

TEST(Masks, AreTheHostsBits) {
  for (const Place place : {Place::embedding_dropout,
                            Place::attention_dropout,
                            Place::attention_output_dropout,
                            Place::feed_forward_dropout,
                            Place::classifier_dropout}) {
    const PhiloxRow row{
        .seed = -5, .place = place, .layer = 11, .step = 70000, .example = 31, .index = 511};
    std::vector<float> expected(1000);
    fill_dropout_mask(row, 0.1, expected);
    const PhiloxKey key = key_of(row.seed);
    const Word words[2] = {key[0], key[1]};
    const Dropout dropout = dropout_of(0.1, place, row.layer);

    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(
          keep_factor_at(dropout, mask_row(words, 70000, dropout, 31, 511), static_cast<Int64>(i)),
          expected[i]);
    }
  }
}

TEST(BFloat16, RoundsToNearestAndTiesToEven) {
  const auto bits = [](Word word) { return rounded<BFloat16>(float_of_bits(word)).bits; };

  EXPECT_EQ(bits(0x3F800000), 0x3F80);  // 1
  EXPECT_EQ(bits(0x3F808000), 0x3F80);  // a tie, down to even
  EXPECT_EQ(bits(0x3F818000), 0x3F82);  // a tie, up to even
  EXPECT_EQ(bits(0x3F808001), 0x3F81);
  EXPECT_EQ(bits(0x7F7FFFFF), 0x7F80);  // beyond the largest: infinity
  EXPECT_EQ(bits(0x7F800000), 0x7F80);
  EXPECT_EQ(bits(0x7F800001) & 0x7FC0, 0x7FC0);  // not a number stays none
  EXPECT_EQ(widened(rounded<BFloat16>(-2.5F)), -2.5F);
}

}  // namespace
}  // namespace tarama::cuda::test
