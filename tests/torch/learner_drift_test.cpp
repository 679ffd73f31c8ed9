// Both learners side by side through 300 steps with dropout on: the same batches, masks and rates,
// and sums in another order. What float32 makes of that is measured here; docs/NUMERICS.md says it.
#include "core/training/initial_weights.hpp"
#include "tests/support/vector_units.hpp"
#include "tests/support/worse_of.hpp"
#include "tests/torch/trainer_fixture.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"
#include "worker/torch/bert_learner.hpp"
#include "worker/training/data_extent.hpp"

#include <gtest/gtest.h>

#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <vector>

namespace tarama::test {
namespace {

using training::Learner;
using training::LearnerSpec;

constexpr std::int64_t steps = 300;
constexpr std::int64_t batch_size = 16;

/// Each example once; every fourth label is drawn anew. What can be learnt is learnt soon, and what
/// is left keeps gradients as large as those of a real task.
TokenizedSplit noisy_split() {
  TokenizedSplit split = made_up_split(batch_size * steps, 5);
  PhiloxStream random({.seed = 5, .place = Place::fake_noise, .step = 1});
  for (std::int32_t& label : split.labels.edit()) {
    if (random.below(4) == 0) {
      label = static_cast<std::int32_t>(random.below(classes));
    }
  }
  return split;
}

class LearnerDrift : public testing::TestWithParam<Norm> {
 protected:
  LearnerDrift() : split_(noisy_split()) {
    at::set_num_threads(1);
    const TokenizedSplit* const splits[] = {&split_};
    spec_.config = {.vocab_size = vocab_size,
                    .hidden = 64,
                    .layers = 2,
                    .heads = 4,
                    .intermediate = 256,
                    .max_positions = 32,
                    .type_vocab_size = 2,
                    .classes = classes,
                    .norm = GetParam()};
    spec_.training.lr = 1e-4;  // steady in either norm; docs/NUMERICS.md has what larger ones do
    spec_.training.dropout = 0.1;
    spec_.schedule = {.kind = Schedule::warmup_linear, .warmup = 0.1, .t_total = steps};
    spec_.seed = 9;
    spec_.pieces = training::pieces_in(splits);
    spec_.longest_batch = training::longest_batch(splits, batch_size);
    weights_ = initial_weights(spec_.config, spec_.seed);
  }

  /// The loss of every step.
  [[nodiscard]] std::vector<double> losses_of(Learner& learner) const {
    std::vector<double> losses;
    for (std::int64_t step = 0; step < steps; ++step) {
      const std::int64_t first = step * batch_size;
      learner.enqueue(training::pack_in_order(split_, first, batch_size), step);
      losses.push_back(learner.collect().batch.loss);
    }
    return losses;
  }

  TokenizedSplit split_;
  LearnerSpec spec_;
  ModelWeights weights_;
};

INSTANTIATE_TEST_SUITE_P(Learners,
                         LearnerDrift,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& norm) {
                           return norm.param == Norm::post ? "post" : "pre";
                         });

double farthest(const std::vector<double>& a, const std::vector<double>& b) {
  double farthest = 0;
  for (std::size_t step = 0; step < a.size(); ++step) {
    const double distance = std::abs(a[step] - b[step]);
    farthest = worse_of(farthest, distance);
  }
  return farthest;
}

double mean_of_last(const std::vector<double>& losses, std::ptrdiff_t count) {
  return std::accumulate(losses.end() - count, losses.end(), 0.0) / static_cast<double>(count);
}

TEST_P(LearnerDrift, IsWhatFloat32SumsMakeOfThreeHundredSteps) {
  torch_trainer::BertLearner torch(spec_, weights_, "cpu");
  const std::vector<double> oracle = losses_of(torch);
  ASSERT_LT(mean_of_last(oracle, 30), 0.8 * oracle.front())
      << "a run that learns nothing shows little";
  for (const char* const unit : packed::test::vector_units) {
    if (packed::kernels_named(unit) == nullptr) {
      continue;  // of another processor
    }
    SCOPED_TRACE(unit);
    packed::PackedLearner packed(spec_, weights_, unit);
    const std::vector<double> losses = losses_of(packed);
    const double drift = farthest(losses, oracle);
    std::cout << "  " << unit << ": losses at most " << drift << " apart; the last 30 are "
              << mean_of_last(losses, 30) << " and " << mean_of_last(oracle, 30) << "\n";
    // Some 2e-7, three units in a loss's last place; fiftyfold for other processors and builds.
    EXPECT_LT(drift, 1e-5);
  }
}

}  // namespace
}  // namespace tarama::test
