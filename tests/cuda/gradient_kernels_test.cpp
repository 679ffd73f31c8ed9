// Activations, loss, gradients that are sums over rows, and the update: as plain C++ against the
// packed learner's kernels, and against plain loops.
#include "core/training/classification_metrics.hpp"
#include "tests/cuda/host_batch.hpp"
#include "tests/cuda/stand_in/host_kernels.hpp"
#include "worker/packed/model/cross_entropy.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tarama::cuda::test {
namespace {

using packed::test::farthest;
using packed::test::same_bits;

constexpr std::int64_t width = 40;

HostBatch made_up_batch() {
  return HostBatch({.hidden = width, .heads = 2, .lengths = {9, 1, 17, 4, 30}});
}

std::vector<double> wide(const std::vector<float>& numbers) {
  return {numbers.begin(), numbers.end()};
}

TEST(ActivationKernels, AreThePackedLearnersCurvesAndSlopes) {
  HostBatch host = made_up_batch();
  const auto& kernels = *packed::kernels_named("portable");
  const std::int64_t used = host.batch.tokens() * width;
  Numbers numbers(1);
  std::vector<float> x = numbers.normal<float>(host.tokens * width);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] *= 4;
  }
  std::vector<float> bias = numbers.normal<float>(width);
  std::vector<float> d = numbers.normal<float>(host.tokens * width);
  std::vector<float> sum(static_cast<std::size_t>(used));
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] = x[i] + bias[i % width];
  }
  const std::pair<Curve, decltype(kernels.gelu)> curves[] = {{Curve::gelu, kernels.gelu},
                                                             {Curve::gelu_tanh, kernels.gelu_tanh},
                                                             {Curve::relu, kernels.relu}};
  for (const auto& [curve, expected_curve] : curves) {
    std::vector<float> value(sum.size());
    std::vector<float> slope(sum.size());
    expected_curve(sum.data(), used, value.data(), slope.data());
    std::vector<double> d_expected(x.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      d_expected[i] = static_cast<double>(d[i]) * slope[i];
    }
    std::vector<double> expected = wide(value);
    expected.resize(x.size());

    for (const ThreadOrder order : both_orders) {
      const Grid grid{.blocks_x = static_cast<Int32>(host.tokens), .threads = 64};
      const ActivateArgs<float> args{.batch = host.view,
                                     .rows = RowsOf::tokens,
                                     .width = width,
                                     .curve = curve,
                                     .x = at<const float>(x),
                                     .bias = at<const float>(bias)};
      std::vector<float> out(x.size(), 77);
      run_on_host<Activate<float>>(grid, {args, at<float>(out)}, order);
      EXPECT_LT(farthest<float>(out, expected), 2e-6);
      std::vector<float> d_x = d;
      run_on_host<ActivateBackward<float>>(grid, {args, at<float>(d_x)}, order);
      EXPECT_LT(farthest<float>(d_x, d_expected), 2e-6);
    }
  }
}

TEST(LossKernels, AreThePackedLearnersLossAndGradient) {
  HostBatch host = made_up_batch();
  const std::int64_t classes = host.config.classes;
  const std::int64_t examples = host.batch.examples();
  Numbers numbers(2);
  std::vector<float> scores = numbers.normal<float>(host.examples * classes);
  std::vector<float> bias(static_cast<std::size_t>(classes));
  const std::span<const float> used =
      std::span(scores).first(static_cast<std::size_t>(examples * classes));
  std::vector<float> d_expected(used.size());
  const double loss = packed::cross_entropy<float>(used, host.batch.labels, d_expected);
  d_expected.resize(scores.size());

  for (const ThreadOrder order : both_orders) {
    std::vector<float> d_scores(scores.size(), 77);
    std::vector<double> losses(static_cast<std::size_t>(examples));
    std::vector<Int32> likeliest(losses.size());
    std::vector<OutcomeHeader> outcome(1);
    run_on_host<CrossEntropy>({.blocks_x = 1, .threads = 32},
                              {.batch = host.view,
                               .rows = static_cast<Int32>(host.examples),
                               .classes = static_cast<Int32>(classes),
                               .scores = at<const float>(scores),
                               .bias = at<const float>(bias),
                               .d_scores = at<float>(d_scores),
                               .losses = at<double>(losses),
                               .likeliest = at<Int32>(likeliest)},
                              order);
    run_on_host<FinishLoss>({.blocks_x = 1, .threads = 32},
                            {.batch = host.view,
                             .is_training = 1,
                             .losses = at<const double>(losses),
                             .outcome = at<OutcomeHeader>(outcome)},
                            order);

    EXPECT_EQ(outcome[0].loss, loss);
    EXPECT_EQ(outcome[0].is_finite, 1);
    EXPECT_EQ(outcome[0].has_diverged, 0);
    EXPECT_TRUE(same_bits<float>(d_scores, d_expected));
    EXPECT_EQ(likeliest, std::vector<Int32>(tarama::likeliest_classes(used, classes)));
  }
}

TEST(LossKernels, RememberThatALossWasNoNumber) {
  HostBatch host = made_up_batch();
  std::vector<double> losses(static_cast<std::size_t>(host.batch.examples()));
  losses[1] = packed::test::not_a_number<double>;
  std::vector<OutcomeHeader> outcome(1);
  const auto finish = [&](Int32 is_training) {
    run_on_host<FinishLoss>({.blocks_x = 1, .threads = 32},
                            {.batch = host.view,
                             .is_training = is_training,
                             .losses = at<const double>(losses),
                             .outcome = at<OutcomeHeader>(outcome)},
                            ThreadOrder::forwards);
    return outcome[0];
  };

  EXPECT_EQ(finish(0).has_diverged, 0) << "an evaluation";
  EXPECT_EQ(finish(0).is_finite, 0);
  EXPECT_EQ(finish(1).has_diverged, 1);
  losses[1] = 0;
  EXPECT_EQ(finish(1).is_finite, 1);
  EXPECT_EQ(finish(1).has_diverged, 1) << "for good";
}

/// Three matrices whose columns are summed: each element times a factor; the rows of segment 1
/// alone; and rows of examples, added to ones.
struct ColumnScene {
  static constexpr Int32 wide_columns = 4 * width;
  static constexpr Int32 narrow_columns = 3;
  static constexpr Int32 widths[] = {wide_columns, wide_columns, narrow_columns};
  static constexpr Int32 rows_of_chunk = 16;

  [[nodiscard]] std::vector<std::vector<double>> by_loops() const {
    std::vector<std::vector<double>> sums = {std::vector<double>(wide_columns),
                                             std::vector<double>(wide_columns),
                                             std::vector<double>(narrow_columns, 1)};
    for (std::int64_t row = 0; row < host.batch.tokens(); ++row) {
      for (std::size_t i = 0; i < wide_columns; ++i) {
        const std::size_t at = static_cast<std::size_t>(row) * wide_columns + i;
        sums[0][i] += static_cast<double>(x[at]) * factor[at];
        sums[1][i] += host.layout.types[static_cast<std::size_t>(row)] == 1 ? x[at] : 0;
      }
    }
    for (std::int64_t i = 0; i < host.batch.examples() * narrow_columns; ++i) {
      sums[2][static_cast<std::size_t>(i % narrow_columns)] += small[static_cast<std::size_t>(i)];
    }
    return sums;
  }

  std::vector<std::vector<float>> by_kernels(ThreadOrder order) {
    const auto chunks =
        static_cast<Int32>((host.batch.tokens() + rows_of_chunk - 1) / rows_of_chunk);
    std::vector<std::vector<float>> partial;
    SumColumns::Args args{};
    args.batch = host.view;
    args.rows_of_chunk = rows_of_chunk;
    args.count = 3;
    for (std::size_t i = 0; i < 3; ++i) {
      partial.emplace_back(static_cast<std::size_t>(chunks * widths[i]), 77);
      args.jobs[i] = {.x = i == 2 ? at<const float>(small) : at<const float>(x),
                      .x16 = Ptr<const BFloat16>(),
                      .factor = i == 0 ? at<const float>(factor) : Ptr<const float>(),
                      .partial = at<float>(partial[i]),
                      .rows = i == 2 ? RowsOf::examples : RowsOf::tokens,
                      .width = widths[i],
                      .type = i == 1 ? 1 : any_type,
                      .first_block = static_cast<Int32>(2 * i)};
    }
    run_on_host<SumColumns>(
        {.blocks_x = 5, .blocks_y = chunks, .threads = sum_threads}, args, order);
    std::vector<std::vector<float>> out;
    for (std::size_t i = 0; i < 3; ++i) {
      out.emplace_back(static_cast<std::size_t>(widths[i]), 1);
      finish(partial[i], chunks, i == 2 ? 1 : 0, out[i], order);
    }
    return out;
  }

  static void finish(std::vector<float>& partial,
                     Int32 chunks,
                     Int32 adds,
                     std::vector<float>& out,
                     ThreadOrder order) {
    const auto columns = static_cast<Int32>(out.size());
    std::vector<FinishJob> jobs;
    for (Int32 first = 0; first < columns; first += sum_threads) {
      jobs.push_back({.partial = at<const float>(partial) + first,
                      .out = at<float>(out) + first,
                      .width = columns,
                      .columns = std::min(sum_threads, columns - first)});
    }
    run_on_host<FinishSums>({.blocks_x = static_cast<Int32>(jobs.size()), .threads = sum_threads},
                            {.chunks = chunks, .adds = adds, .jobs = at<const FinishJob>(jobs)},
                            order);
  }

  HostBatch host = made_up_batch();
  Numbers numbers{3};
  std::vector<float> x = numbers.normal<float>(host.tokens * wide_columns);
  std::vector<float> factor = numbers.normal<float>(host.tokens * wide_columns);
  std::vector<float> small = numbers.normal<float>(host.examples * narrow_columns);
};

TEST(SumKernels, SumColumnsOfSeveralMatrices) {
  ColumnScene scene;
  const std::vector<std::vector<double>> expected = scene.by_loops();

  for (const ThreadOrder order : both_orders) {
    const std::vector<std::vector<float>> actual = scene.by_kernels(order);

    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_LT(farthest<float>(actual[i], expected[i]), 2e-5) << i;
    }
  }
}

TEST(SumKernels, SumEachWordsAndEachPositionsTokens) {
  HostBatch host = made_up_batch();
  const std::int64_t rows = std::ssize(host.plan.pieces);
  Numbers numbers(4);
  std::vector<float> d_x = numbers.normal<float>(host.tokens * width);
  std::vector<double> words(static_cast<std::size_t>(rows * width), 77);  // untouched
  std::vector<double> positions(30 * width);
  for (std::int64_t token = 0; token < host.batch.tokens(); ++token) {
    const std::int32_t row = host.layout.words[static_cast<std::size_t>(token)];
    for (std::int64_t i = 0; i < width; ++i) {
      double& sum = words[static_cast<std::size_t>(row * width + i)];
      const float d = d_x[static_cast<std::size_t>(token * width + i)];
      if (host.plan.pieces[static_cast<std::size_t>(row)] != host.config.padding_piece) {
        sum = (sum == 77 ? 0 : sum) + d;
      }
      positions[static_cast<std::size_t>(
          host.layout.position_of[static_cast<std::size_t>(token)] * width + i)] += d;
    }
  }

  for (const ThreadOrder order : both_orders) {
    std::vector<float> word_gradients(words.size(), 77);
    std::vector<float> position_gradients(positions.size(), 77);
    run_on_host<WordGradients>({.blocks_x = static_cast<Int32>(host.tokens), .threads = 64},
                               {.batch = host.view,
                                .hidden = width,
                                .d_x = at<const float>(d_x),
                                .gradients = at<float>(word_gradients)},
                               order);
    run_on_host<PositionGradients>({.blocks_x = 30, .threads = 64},
                                   {.batch = host.view,
                                    .hidden = width,
                                    .adds = 0,
                                    .d_x = at<const float>(d_x),
                                    .gradients = at<float>(position_gradients)},
                                   order);

    EXPECT_LT(farthest<float>(word_gradients, words), 1e-5);
    EXPECT_LT(farthest<float>(position_gradients, positions), 1e-5);
  }
}

/// One tensor of two chunks, the second one short, on its way through an update.
struct UpdateScene {
  static constexpr std::int64_t count = 5000;
  static constexpr float max_norm = 1.5F;

  UpdateScene() {
    for (float& v : next_v) {
      v = v * v;
    }
  }

  void clip(ThreadOrder order) {
    run_on_host<SumSquares>({.blocks_x = 2, .threads = update_threads},
                            {.batch = host.view,
                             .chunks = at<const ChunkInfo>(chunks),
                             .gradients = at<const float>(gradients),
                             .squares = at<double>(squares)},
                            order);
    run_on_host<ClipFactors>({.blocks_x = 1, .threads = update_threads},
                             {.max_norm = max_norm,
                              .tensors = at<const TensorInfo>(tensors),
                              .squares = at<const double>(squares),
                              .factors = at<float>(factors)},
                             order);
  }

  void update(ThreadOrder order) {
    run_on_host<Update>({.blocks_x = 2, .threads = update_threads},
                        {.batch = host.view,
                         .outcome = at<const OutcomeHeader>(outcome),
                         .chunks = at<const ChunkInfo>(chunks),
                         .tensors = at<const TensorInfo>(tensors),
                         .factors = at<const float>(factors),
                         .gradients = at<const float>(gradients),
                         .values = at<float>(values),
                         .next_m = at<float>(next_m),
                         .next_v = at<float>(next_v),
                         .rounded_values = at<BFloat16>(shadow)},
                        order);
  }

  /// By the packed learner; returns the clipping factor.
  float update_as_packed() {
    const auto& kernels = *packed::kernels_named("portable");
    const auto norm =
        static_cast<float>(std::sqrt(kernels.sum_of_squares(gradients.data(), count)));
    const float factor = 1.0F / (norm + 1e-6F) * max_norm;
    kernels.update(
        {.lr = static_cast<float>(HostBatch::scalars.lr), .factor = factor, .weight_decay = 0.01F},
        gradients.data(),
        count,
        values.data(),
        next_m.data(),
        next_v.data());
    return factor;
  }

  HostBatch host = made_up_batch();
  Numbers numbers{5};
  std::vector<float> gradients = numbers.normal<float>(count);
  std::vector<float> values = numbers.normal<float>(count);
  std::vector<float> next_m = numbers.normal<float>(count);
  std::vector<float> next_v = numbers.normal<float>(count);
  std::vector<BFloat16> shadow = std::vector<BFloat16>(count);
  std::vector<ChunkInfo> chunks = {{0, chunk_elements, 0, no_word, 0},
                                   {chunk_elements, count - chunk_elements, 0, no_word, 0}};
  std::vector<TensorInfo> tensors = {{0, 2, 0.01F, 0}};
  std::vector<double> squares{0, 0};
  std::vector<float> factors{0};
  std::vector<OutcomeHeader> outcome = std::vector<OutcomeHeader>(1);
};

TEST(UpdateKernels, AreThePackedLearnersUpdate) {
  UpdateScene expected;
  const float factor = expected.update_as_packed();

  for (const ThreadOrder order : both_orders) {
    UpdateScene scene;
    scene.clip(order);
    scene.update(order);

    EXPECT_NEAR(scene.factors[0] / factor, 1, 1e-6);
    EXPECT_LT(farthest<float>(scene.values, wide(expected.values)), 1e-6);
    EXPECT_LT(farthest<float>(scene.next_m, wide(expected.next_m)), 1e-6);
    EXPECT_LT(farthest<float>(scene.next_v, wide(expected.next_v)), 1e-6);
    EXPECT_EQ(scene.shadow[4999].bits, rounded<BFloat16>(scene.values[4999]).bits);
  }
}

TEST(UpdateKernels, ChangeNothingOnceTheRunHasDiverged) {
  UpdateScene scene;
  const UpdateScene before;
  scene.clip(ThreadOrder::forwards);
  scene.outcome[0].has_diverged = 1;

  scene.update(ThreadOrder::forwards);

  EXPECT_TRUE(same_bits<float>(scene.values, before.values));
  EXPECT_TRUE(same_bits<float>(scene.next_m, before.next_m));
}

}  // namespace
}  // namespace tarama::cuda::test
