// What a batch holds of its examples, and which examples a model cannot take.
#include "worker/training/packed_batch.hpp"

#include "tests/unit/worker/training/lagging_learner.hpp"
#include "worker/training/data_check.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tarama::test {
namespace {

using training::PackedBatch;

TEST(PackedBatch, HoldsTheExamplesInTheOrderGivenWithoutPadding) {
  const TokenizedSplit split = toy_job().data->train;  // example i has 2 + i % 3 tokens from 7 i on

  const PackedBatch batch = training::pack(split, std::vector<std::int64_t>{4, 0});

  EXPECT_EQ(batch,
            (PackedBatch{.ids = {8, 9, 0, 0, 1},
                         .offsets = {0, 3, 5},
                         .second_starts = {3, 2},
                         .labels = {1, 0}}));
  EXPECT_EQ(batch.examples(), 2);
  EXPECT_EQ(batch.tokens(), 5);
}

TEST(PackedBatch, InOrderIsThatOfTheFile) {
  const TokenizedSplit split = toy_job().data->train;

  EXPECT_EQ(training::pack_in_order(split, 5, 3),
            training::pack(split, std::vector<std::int64_t>{5, 6, 7}));
}

TEST(DataCheck, NamesTheExampleThatAModelCannotTake) {
  const TrainJob job = toy_job();
  TokenizedSplit wrong_label = job.data->train;
  TokenizedSplit wrong_id = job.data->train;
  ModelConfig short_model = job.config;
  short_model.max_positions = 3;
  wrong_label.labels.edit()[6] = toy_classes;
  wrong_id.ids.edit()[1] = -1;

  EXPECT_EQ(training::misfit(job.data->train, job.config), std::nullopt);
  EXPECT_EQ(training::misfit(job.data->train, short_model),
            "example 2 has 4 tokens; the model takes 1 to 3");
  EXPECT_EQ(training::misfit(wrong_label, job.config),
            "example 6 has the class 3; the model has 3 classes");
  EXPECT_EQ(training::misfit(wrong_id, job.config),
            "example 0 has the token id -1; the model's vocabulary has 10 entries");
}

}  // namespace
}  // namespace tarama::test
