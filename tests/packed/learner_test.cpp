// What a run's bits depend on, and what they do not: the packed learner against itself.
#include "tests/packed/made_up_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace tarama::packed::test {
namespace {

using testing::IsEmpty;

class PackedLearnerOf : public testing::TestWithParam<std::tuple<Norm, const char*>> {
 protected:
  void SetUp() override {
    if (kernels_named(std::get<1>(GetParam())) == nullptr) {
      GTEST_SKIP() << "this processor has no " << std::get<1>(GetParam());
    }
  }

  [[nodiscard]] static MadeUpRun run(std::int64_t hidden = 24) {
    return {std::get<0>(GetParam()), std::get<1>(GetParam()), hidden};
  }
};

INSTANTIATE_TEST_SUITE_P(Packed,
                         PackedLearnerOf,
                         testing::Combine(testing::Values(Norm::post, Norm::pre),
                                          testing::ValuesIn(vector_units)),
                         [](const auto& kind) {
                           return std::string(std::get<0>(kind.param) == Norm::post ? "post_"
                                                                                    : "pre_") +
                                  std::get<1>(kind.param);
                         });

TEST_P(PackedLearnerOf, LearnsTheSameBitsTwice) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto once = run.learner();
  const auto again = run.learner();

  const std::vector<double> losses = run.train(*once, 0, MadeUpRun::steps);

  EXPECT_EQ(run.train(*again, 0, MadeUpRun::steps), losses);
  EXPECT_THAT(differences(once->arrays(), again->arrays()), IsEmpty());
}

TEST_P(PackedLearnerOf, LearnsTheSameBitsWhereSomebodyLooksMeanwhile) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto alone = run.learner();
  const auto watched = run.learner();

  run.train(*alone, 0, MadeUpRun::steps);
  for (std::int64_t step = 0; step < MadeUpRun::steps; ++step) {
    run.train(*watched, step, step + 1);
    static_cast<void>(watched->evaluate(run.batch(step + 1)));
    static_cast<void>(watched->weights());
    static_cast<void>(watched->arrays());
  }

  EXPECT_THAT(differences(alone->arrays(), watched->arrays()), IsEmpty());
}

TEST_P(PackedLearnerOf, GoesOnFromAnyStepWithTheSameBits) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto whole = run.learner();
  const std::vector<double> losses = run.train(*whole, 0, MadeUpRun::steps);
  const auto before = run.learner();
  for (std::int64_t step = 0; step <= MadeUpRun::steps; ++step) {
    const auto resumed = run.learner();
    run.train(*resumed, 0, 2);  // so that there is something to replace

    resumed->restore(before->arrays(), step);
    const std::vector<double> rest = run.train(*resumed, step, MadeUpRun::steps);

    EXPECT_EQ(rest, std::vector<double>(losses.begin() + step, losses.end())) << "from " << step;
    EXPECT_THAT(differences(resumed->arrays(), whole->arrays()), IsEmpty()) << "from " << step;
    EXPECT_THAT(differences(resumed->weights(), whole->weights()), IsEmpty()) << "from " << step;
    if (step < MadeUpRun::steps) {
      run.train(*before, step, step + 1);
    }
  }
}

TEST_P(PackedLearnerOf, BeginsAnewWithTheBitsOfANewOne) {
  const MadeUpRun run = PackedLearnerOf::run();
  LearnerSpec other = run.spec();
  other.training.lr = 1e-2;
  other.seed = 12;
  const auto used = run.learner(other);
  run.train(*used, 0, 7);
  static_cast<void>(used->weights());
  const auto fresh = run.learner();

  ASSERT_TRUE(used->is_sized_for(run.spec()));
  used->begin_anew(run.spec(), run.made_up().weights());

  EXPECT_EQ(run.train(*used, 0, MadeUpRun::steps), run.train(*fresh, 0, MadeUpRun::steps));
  EXPECT_THAT(differences(used->arrays(), fresh->arrays()), IsEmpty());
  EXPECT_THAT(differences(used->weights(), fresh->weights()), IsEmpty());
}

TEST_P(PackedLearnerOf, IsSizedForItsOwnModelWordsAndLengthsAlone) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto learner = run.learner();
  LearnerSpec deeper = run.spec();
  deeper.config.layers = 3;
  LearnerSpec of_more_words = run.spec();
  of_more_words.pieces.push_back(of_more_words.pieces.back() + 1);
  LearnerSpec longer = run.spec();
  longer.longest_batch.front() += 1;

  EXPECT_TRUE(learner->is_sized_for(run.spec()));
  EXPECT_FALSE(learner->is_sized_for(deeper));
  EXPECT_FALSE(learner->is_sized_for(of_more_words));
  EXPECT_FALSE(learner->is_sized_for(longer));
}

TEST_P(PackedLearnerOf, DecaysWordsOutsideTheDataAsUpdatesWould) {
  const MadeUpRun run = PackedLearnerOf::run();
  LearnerSpec all_pieces = run.spec();
  ASSERT_LT(std::ssize(all_pieces.pieces), all_pieces.config.vocab_size);
  all_pieces.pieces.resize(static_cast<std::size_t>(all_pieces.config.vocab_size));
  std::iota(all_pieces.pieces.begin(), all_pieces.pieces.end(), 0);
  const auto compact = run.learner();
  const auto whole = run.learner(all_pieces);

  EXPECT_EQ(run.train(*compact, 0, MadeUpRun::steps), run.train(*whole, 0, MadeUpRun::steps));

  EXPECT_THAT(differences(compact->weights(), whole->weights()), IsEmpty());
}

TEST_P(PackedLearnerOf, DecaysPositionsBehindTheLongestTextAsUpdatesWould) {
  // Whole vectors: where a tensor ends within one, the elements behind the last whole one are fused
  // in another order than the others, and roomier tables end elsewhere.
  const MadeUpRun run = PackedLearnerOf::run(48);
  LearnerSpec close = run.spec();
  close.training.max_grad_norm = 0;  // a norm over more rows is a sum in another order
  LearnerSpec roomy = close;
  roomy.longest_batch = {80, 80, 80, 80, 80, 80, 80};
  const auto in_close = run.learner(close);
  const auto in_roomy = run.learner(roomy);

  EXPECT_EQ(run.train(*in_close, 0, MadeUpRun::steps), run.train(*in_roomy, 0, MadeUpRun::steps));

  EXPECT_THAT(differences(in_close->weights(), in_roomy->weights()), IsEmpty());
}

/// The examples `chosen` of a batch, alone.
PackedBatch part_of(const PackedBatch& batch, const std::vector<std::size_t>& chosen) {
  PackedBatch part;
  for (const std::size_t i : chosen) {
    part.ids.insert(part.ids.end(),
                    batch.ids.begin() + batch.offsets[i],
                    batch.ids.begin() + batch.offsets[i + 1]);
    part.offsets.push_back(static_cast<std::int32_t>(part.ids.size()));
    part.second_starts.push_back(batch.second_starts[i]);
    part.labels.push_back(batch.labels[i]);
  }
  return part;
}

TEST_P(PackedLearnerOf, ScoresAnExampleByItselfAlone) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto learner = run.learner();
  run.train(*learner, 0, 3);
  const PackedBatch batch = run.batch(0);
  const std::vector<float> together = learner->scores(batch);

  std::vector<float> alone;
  for (std::size_t i = 0; i < batch.labels.size(); ++i) {
    const std::vector<float> one = learner->scores(part_of(batch, {i}));
    alone.insert(alone.end(), one.begin(), one.end());
  }
  EXPECT_TRUE(same_bits<float>(alone, together));

  const std::vector<float> turned = learner->scores(part_of(batch, {4, 3, 2, 1, 0}));
  for (std::size_t i = 0; i < turned.size(); ++i) {
    EXPECT_EQ(turned[i], together[(4 - i / 3) * 3 + i % 3]) << i;
  }
}

TEST_P(PackedLearnerOf, TakesTheLargestBatchInAnyOrder) {
  // Every buffer is full: what is written behind one is the sanitizers' find.
  const MadeUpRun run = PackedLearnerOf::run();
  const auto learner = run.learner();
  const PackedBatch largest = run.batch(0);
  ASSERT_EQ(largest.examples(), std::ssize(run.spec().longest_batch));
  const std::vector<std::vector<std::size_t>> orders = {
      {0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 3, 1}, {3, 2, 1, 0, 4}};

  for (std::size_t i = 0; i < orders.size(); ++i) {
    const PackedBatch batch = part_of(largest, orders[i]);
    EXPECT_TRUE(std::isfinite(learner->evaluate(batch).loss));
    learner->enqueue(batch, static_cast<std::int64_t>(i));
    EXPECT_TRUE(std::isfinite(learner->collect().batch.loss));
  }
}

/// Of a learner's arrays: how many numbers are denormal, and how many moments have become 0 that
/// once were not.
struct Smallest {
  std::int64_t denormal = 0;
  std::int64_t zero_moments = 0;
};

Smallest smallest_of(const std::map<std::string, NamedArray>& arrays) {
  Smallest smallest;
  for (const auto& [name, array] : arrays) {
    for (const float number : array.values) {
      smallest.denormal += std::fpclassify(number) == FP_SUBNORMAL ? 1 : 0;
      smallest.zero_moments += name.starts_with("next_m/") && number == 0 ? 1 : 0;
    }
  }
  return smallest;
}

TEST_P(PackedLearnerOf, HasNoDenormalMomentsHoweverLongAWordIsAway) {
#if !defined(__x86_64__) && !defined(__aarch64__)
  GTEST_SKIP() << "denormals stay on this processor";
#endif
  const MadeUpRun run = PackedLearnerOf::run();
  const auto learner = run.learner();
  run.train(*learner, 0, 1);
  const std::int64_t zeros_before = smallest_of(learner->arrays()).zero_moments;
  const PackedBatch few_words = part_of(run.batch(0), {3});

  // 0.9^n of a moment of 1e-4 passes the smallest normal number at n = 740, and the smallest
  // denormal at n = 890.
  for (std::int64_t step = 1; step < 900; ++step) {
    learner->enqueue(few_words, step);
    static_cast<void>(learner->collect());
    if (step % 30 == 0) {
      ASSERT_EQ(smallest_of(learner->arrays()).denormal, 0) << "step " << step;
    }
  }

  EXPECT_GT(smallest_of(learner->arrays()).zero_moments, zeros_before);
}

#if defined(__x86_64__)
TEST_P(PackedLearnerOf, LeavesTheProcessorsModeAsItWas) {
  const MadeUpRun run = PackedLearnerOf::run();
  const auto learner = run.learner();
  const unsigned before = _mm_getcsr();
  std::int64_t step = 0;
  for (const unsigned mode : {before, before ^ (1U << 15), before ^ (1U << 6)}) {
    const PackedBatch batch = run.batch(0);
    const auto expect_kept = [&](const char* what, auto work) {
      _mm_setcsr(mode);
      work();
      const unsigned after = _mm_getcsr();
      _mm_setcsr(before);
      EXPECT_EQ(after, mode) << what;
    };
    expect_kept("enqueue", [&] { learner->enqueue(batch, step++); });
    static_cast<void>(learner->collect());
    expect_kept("evaluate", [&] { static_cast<void>(learner->evaluate(batch)); });
    expect_kept("scores", [&] { static_cast<void>(learner->scores(batch)); });
    expect_kept("weights", [&] { static_cast<void>(learner->weights()); });
    expect_kept("arrays", [&] { static_cast<void>(learner->arrays()); });
  }
}
#endif

TEST_P(PackedLearnerOf, UpdatesNothingWhereTheLossIsNoNumber) {
  const MadeUpRun run = PackedLearnerOf::run();
  for (const char* const part : {"bert.embeddings.word_embeddings.weight",
                                 "bert.encoder.layer.0.attention.self.query.bias",
                                 "bert.encoder.layer.0.attention.self.key.bias",
                                 "bert.encoder.layer.1.output.dense.bias",
                                 "bert.pooler.dense.weight",
                                 "classifier.bias"}) {
    ModelWeights weights = run.made_up().weights();
    std::ranges::fill(weights.at(part).values.edit(), not_a_number<float>);
    const std::string unit = std::get<1>(GetParam());
    PackedLearner learner(run.spec(), weights, unit);
    const auto before = learner.arrays();

    learner.enqueue(run.batch(0), 0);

    EXPECT_TRUE(std::isnan(learner.collect().batch.loss)) << part;
    EXPECT_THAT(differences(before, learner.arrays()), IsEmpty()) << part;
    EXPECT_TRUE(std::isnan(learner.evaluate(run.batch(0)).loss)) << part;
  }
}

}  // namespace
}  // namespace tarama::packed::test
