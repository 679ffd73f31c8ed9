// Attention as plain C++ against the packed learner's, head by head.
#include "tests/cuda/host_batch.hpp"
#include "tests/cuda/stand_in/host_kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>

namespace tarama::cuda::test {
namespace {

using packed::test::farthest;
using packed::test::same_bits;

constexpr double drop_rate = 0.25;
constexpr std::int64_t layer = 2;

/// Heads of `width`, two of them.
struct Scene {
  Scene(std::int64_t width, std::vector<std::int32_t> lengths, RowsOf its_queries, bool its_drops)
      : host({.hidden = 2 * width, .heads = 2, .lengths = std::move(lengths)}),
        queries(its_queries),
        drops(its_drops),
        hidden(2 * width),
        rows(queries == RowsOf::tokens ? host.tokens : host.examples) {
    Numbers numbers(9);
    qkv = numbers.normal<float>(host.tokens * 3 * hidden);
    bias = numbers.normal<float>(3 * hidden);
    d_context = numbers.normal<float>(rows * hidden);
  }

  [[nodiscard]] AttentionInputs<float> inputs() {
    return {.batch = host.view,
            .queries = queries,
            .hidden = static_cast<Int32>(hidden),
            .head_width = static_cast<Int32>(hidden / 2),
            .qkv = at<const float>(qkv),
            .bias = at<const float>(bias),
            .scale = scale(),
            .dropout = dropout_of(drops ? drop_rate : 0, Place::attention_dropout, layer)};
  }

  [[nodiscard]] float scale() const {
    return static_cast<float>(1 / std::sqrt(static_cast<double>(hidden / 2)));
  }

  HostBatch host;
  RowsOf queries;
  bool drops;
  std::int64_t hidden;
  std::int64_t rows;
  std::vector<float> qkv;
  std::vector<float> bias;
  std::vector<float> d_context;
};

struct Results {
  std::vector<float> context;
  std::vector<float> d_qkv;
};

Results by_packed_kernels(Scene& scene) {
  const auto& kernels = *packed::kernels_named("portable");
  const std::int64_t hidden = scene.hidden;
  const std::int64_t width = hidden / 2;
  Results results{std::vector<float>(static_cast<std::size_t>(scene.rows * hidden)),
                  std::vector<float>(scene.qkv.size())};
  std::vector<float> with_bias = scene.qkv;
  for (std::size_t i = 0; i < with_bias.size(); ++i) {
    with_bias[i] += scene.bias[i % scene.bias.size()];
  }
  for (std::int64_t example = 0; example < scene.host.layout.examples(); ++example) {
    const std::int64_t token = scene.host.layout.offsets[static_cast<std::size_t>(example)];
    const std::int64_t keys = scene.host.layout.length(example);
    const std::int64_t queries = scene.queries == RowsOf::tokens ? keys : 1;
    const std::int64_t row = scene.queries == RowsOf::tokens ? token : example;
    std::vector<float> probabilities(static_cast<std::size_t>(keys * kernels.padded(keys)));
    std::vector<float> scratch(
        static_cast<std::size_t>(kernels.head_scratch(queries, keys, width)));
    std::vector<std::uint64_t> kept(static_cast<std::size_t>(packed::bit_words(keys)));
    for (std::int64_t number = 0; number < 2; ++number) {
      kernels.keep_bits(philox::start_of({.seed = HostBatch::scalars.seed,
                                          .place = Place::attention_dropout,
                                          .layer = layer,
                                          .step = HostBatch::scalars.step,
                                          .example = example,
                                          .index = number}),
                        keep_threshold(drop_rate),
                        std::ssize(kept) - 1,
                        kept.data());
      const float* const first = with_bias.data() + token * 3 * hidden + number * width;
      float* const d_first = results.d_qkv.data() + token * 3 * hidden + number * width;
      const packed::Head<float> head{.queries = queries,
                                     .keys = keys,
                                     .width = width,
                                     .q = first,
                                     .q_stride = 3 * hidden,
                                     .k = first + hidden,
                                     .v = first + 2 * hidden,
                                     .kv_stride = 3 * hidden,
                                     .scale = scene.scale(),
                                     .probabilities = probabilities.data(),
                                     .kept = scene.drops ? kept.data() : nullptr,
                                     .kept_stride = keys,
                                     .keep_scale = keep_scale(drop_rate),
                                     .sums = nullptr,
                                     .d_sums = nullptr,
                                     .scratch = scratch.data()};
      const std::int64_t at = row * hidden + number * width;
      kernels.attend(head, results.context.data() + at, hidden);
      kernels.attend_backward(head,
                              scene.d_context.data() + at,
                              hidden,
                              d_first,
                              d_first + hidden,
                              d_first + 2 * hidden);
    }
  }
  return results;
}

Results by_cuda_kernels(Scene& scene, ThreadOrder order) {
  Results results{std::vector<float>(static_cast<std::size_t>(scene.rows * scene.hidden), 77),
                  std::vector<float>(scene.qkv.size(), 77)};
  std::vector<float> log_sum(static_cast<std::size_t>(2 * scene.rows),
                             packed::test::not_a_number<float>);
  std::vector<float> d_query(results.context.size(), packed::test::not_a_number<float>);
  const Grid grid{.blocks_x = static_cast<Int32>(scene.host.examples + 1),
                  .blocks_y = 2,
                  .threads = attention_threads};
  run_on_host<Attend<float>>(grid,
                             {.in = scene.inputs(),
                              .rows = static_cast<Int32>(scene.rows),
                              .context = at<float>(results.context),
                              .log_sum = at<float>(log_sum)},
                             order);
  run_on_host<AttendBackward<float>>(grid,
                                     {.in = scene.inputs(),
                                      .rows = static_cast<Int32>(scene.rows),
                                      .tokens = static_cast<Int32>(scene.host.tokens),
                                      .context = at<const float>(results.context),
                                      .log_sum = at<const float>(log_sum),
                                      .d_context = at<const float>(scene.d_context),
                                      .d_query = at<float>(d_query),
                                      .d_qkv = at<float>(results.d_qkv)},
                                     order);
  return results;
}

class Attention : public testing::TestWithParam<std::tuple<std::int64_t, RowsOf, bool>> {};

INSTANTIATE_TEST_SUITE_P(Cuda,
                         Attention,
                         testing::Combine(testing::Values(8, 32, 128),
                                          testing::Values(RowsOf::tokens, RowsOf::examples),
                                          testing::Bool()),
                         [](const auto& kind) {
                           return "width" + std::to_string(std::get<0>(kind.param)) +
                                  (std::get<1>(kind.param) == RowsOf::tokens ? "" : "_first") +
                                  (std::get<2>(kind.param) ? "_drops" : "");
                         });

TEST_P(Attention, IsThePackedLearnersForwardAndBackward) {
  const auto [width, queries, drops] = GetParam();
  Scene scene(width, {17, 1, 8, 80, 33, 16}, queries, drops);
  const Results expected = by_packed_kernels(scene);

  Results before;
  for (const ThreadOrder order : both_orders) {
    const Results actual = by_cuda_kernels(scene, order);

    // Rows behind the batch are zeros on both sides.
    EXPECT_LT(
        farthest<float>(actual.context,
                        std::vector<double>(expected.context.begin(), expected.context.end())),
        2e-6);
    EXPECT_LT(farthest<float>(actual.d_qkv,
                              std::vector<double>(expected.d_qkv.begin(), expected.d_qkv.end())),
              2e-5);
    EXPECT_TRUE(before.context.empty() || same_bits<float>(before.context, actual.context));
    EXPECT_TRUE(before.d_qkv.empty() || same_bits<float>(before.d_qkv, actual.d_qkv));
    before = actual;
  }
}

TEST(LongAttention, FitsTheLongestExample) {
  Scene scene(16, {longest_example}, RowsOf::tokens, /*its_drops=*/true);
  const Results expected = by_packed_kernels(scene);

  const Results actual = by_cuda_kernels(scene, ThreadOrder::backwards);

  EXPECT_LT(farthest<float>(actual.context,
                            std::vector<double>(expected.context.begin(), expected.context.end())),
            2e-6);
  EXPECT_LT(farthest<float>(actual.d_qkv,
                            std::vector<double>(expected.d_qkv.begin(), expected.d_qkv.end())),
            2e-5);
}

}  // namespace
}  // namespace tarama::cuda::test
