// That a forward pass sees an example and nothing beside it, with dropout on, and that masks drop
// what they are asked to.
#include "worker/torch/bert_model.hpp"

#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"
#include "tests/torch/trainer_fixture.hpp"

#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <array>
#include <vector>

namespace tarama::test {
namespace {

using torch_trainer::Dropout;
using torch_trainer::PaddedBatch;

constexpr Dropout half = {.rate = 0.5, .seed = 3, .step = 11};

/// An example's row of the logits of the batch of `examples`.
std::vector<float> logits_in_batch(const TrainJob& job,
                                   const std::vector<std::int64_t>& examples,
                                   const Dropout& dropout) {
  const auto parameters = torch_trainer::make_parameters(
      job.config, initial_weights(job.config, job.seed), "cpu", torch_trainer::FloatType::float64);
  const PaddedBatch batch = torch_trainer::pad(training::pack(job.data->train, examples));
  const NamedArray logits = torch_trainer::to_array(
      torch_trainer::logits_of(parameters, job.config, batch, dropout).select(0, 0));
  return {logits.values.begin(), logits.values.end()};
}

class BertModelOfEitherNorm : public testing::TestWithParam<Norm> {};

INSTANTIATE_TEST_SUITE_P(BertModel,
                         BertModelOfEitherNorm,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& norm) {
                           return norm.param == Norm::post ? "post" : "pre";
                         });

TEST_P(BertModelOfEitherNorm, LogitsWithDropoutDoNotDependOnPadding) {
  const TrainJob job = small_job(GetParam());
  const auto length_of = [&](std::int64_t i) { return job.data->train.tokens_of(i).size(); };
  std::int64_t shortest = 0;
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < job.data->train.examples(); ++i) {
    shortest = length_of(i) < length_of(shortest) ? i : shortest;
    longest = length_of(i) > length_of(longest) ? i : longest;
  }
  ASSERT_LT(length_of(shortest), length_of(longest));

  const auto alone = logits_in_batch(job, {shortest}, half);
  const auto padded = logits_in_batch(job, {shortest, longest}, half);

  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_NEAR(alone[i], padded[i], 1e-6);
  }
}

TEST_P(BertModelOfEitherNorm, MasksDifferByStepSeedAndExample) {
  const TrainJob job = small_job(GetParam());
  const std::vector<std::vector<float>> all = {
      logits_in_batch(job, {0}, half),
      logits_in_batch(job, {0}, {.rate = 0.5, .seed = 3, .step = 12}),
      logits_in_batch(job, {0}, {.rate = 0.5, .seed = 4, .step = 11}),
      logits_in_batch(job, {0}, {})};

  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(all[i], all[j]) << i << " and " << j;
    }
  }
}

}  // namespace
}  // namespace tarama::test
