// From axes to levels to runs: order, ids, seeds.
#include "core/search/grid.hpp"

#include "core/sweep/parameter_value.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <gmock/gmock.h>
#include <limits>
#include <string>
#include <vector>

namespace tarama {
namespace {

using testing::ElementsAre;

std::int64_t whole(std::int64_t value) {
  return value;
}

SweepSpec sweep_of(std::vector<Axis> axes) {
  SweepSpec spec;
  spec.parameters = std::move(axes);
  return spec;
}

std::vector<std::string> texts_of(const std::vector<Level>& levels) {
  std::vector<std::string> texts;
  for (const Level& level : levels) {
    texts.push_back(params_text(level.params));
  }
  return texts;
}

TEST(Grid, TurnsTheLastAxisFastest) {
  const SweepSpec spec =
      sweep_of({{"lr", {2e-5, 5e-5}}, {"warmup", {whole(0), 0.1}}, {"epochs", {whole(2)}}});

  EXPECT_THAT(texts_of(expand_levels(spec).value()),
              ElementsAre("lr 2e-05, warmup 0, epochs 2",
                          "lr 2e-05, warmup 0.1, epochs 2",
                          "lr 5e-05, warmup 0, epochs 2",
                          "lr 5e-05, warmup 0.1, epochs 2"));
}

TEST(Grid, ShowsLrWarmupEpochsFirstThenOthersInTheFilesOrder) {
  const SweepSpec spec = sweep_of({{"norm", {std::string("pre")}},
                                   {"epochs", {whole(3)}},
                                   {"layers", {whole(6)}},
                                   {"warmup", {0.1}},
                                   {"lr", {1e-4}}});

  const std::vector<Level> levels = expand_levels(spec).value();

  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(params_json(levels[0].params),
            R"({"lr":0.0001,"warmup":0.1,"epochs":3,"norm":"pre","layers":6})");
  EXPECT_EQ(levels[0].id, LevelId{1});
  EXPECT_EQ(levels[0].training.norm, Norm::pre);
  EXPECT_EQ(levels[0].training.lr, 1e-4);
  EXPECT_EQ(levels[0].model.layers, 6);
}

TEST(Grid, GivesReplicatesTheSeedsFromTheSweepsOn) {
  SweepSpec spec = sweep_of({{"lr", {1e-4, 2e-4}}});
  spec.replicates = 2;
  spec.seed = 7;

  EXPECT_THAT(expand_runs(spec, expand_levels(spec).value()),
              ElementsAre(PlannedRun{LevelId{1}, 0, 7},
                          PlannedRun{LevelId{1}, 1, 8},
                          PlannedRun{LevelId{2}, 0, 7},
                          PlannedRun{LevelId{2}, 1, 8}));
}

TEST(Grid, CountsWithoutExpanding) {
  const std::vector<ParameterValue> many(10'000, 0.1);  // 10^20 levels
  const SweepSpec huge =
      sweep_of({{"a", many}, {"b", many}, {"c", many}, {"d", many}, {"e", many}});

  EXPECT_EQ(count_levels(sweep_of({{"lr", {1e-4, 2e-4}}, {"warmup", {0.0, 0.1, 0.2}}})), 6);
  EXPECT_EQ(count_levels(sweep_of({{"lr", {}}})), 0);
  EXPECT_EQ(count_levels(huge), std::numeric_limits<std::int64_t>::max());
}

struct Setting {
  std::string key;
  ParameterValue value;
};

class EverySweptKey : public testing::TestWithParam<Setting> {};

TEST_P(EverySweptKey, ChangesWhatIsTrained) {
  TrainingSettings training;
  ModelSpec model;

  EXPECT_TRUE(apply_parameter(GetParam().key, GetParam().value, training, model));

  EXPECT_TRUE(!(training == TrainingSettings{}) || !(model == ModelSpec{}));
}

INSTANTIATE_TEST_SUITE_P(Grid,
                         EverySweptKey,
                         testing::Values(Setting{"lr", 0.5},
                                         Setting{"lr", whole(1)},
                                         Setting{"warmup", 0.5},
                                         Setting{"epochs", whole(9)},
                                         Setting{"batch_size", whole(9)},
                                         Setting{"schedule", std::string("warmup_cosine")},
                                         Setting{"t_total", std::string("none")},
                                         Setting{"weight_decay", 0.5},
                                         Setting{"max_grad_norm", 0.5},
                                         Setting{"norm", std::string("pre")},
                                         Setting{"dropout", 0.5},
                                         Setting{"precision", std::string("bf16")},
                                         Setting{"path", std::string("/model")},
                                         Setting{"layers", whole(9)},
                                         Setting{"hidden", whole(9)},
                                         Setting{"heads", whole(9)},
                                         Setting{"intermediate", whole(9)},
                                         Setting{"vocab", std::string("/vocab.txt")},
                                         Setting{"vocab_size", whole(9)},
                                         Setting{"lowercase", false}),
                         [](const auto& setting) {
                           return setting.param.key + "_" + std::to_string(setting.index);
                         });

TEST(ApplyParameter, RefusesUnknownKeysTypesAndNames) {
  TrainingSettings training;
  ModelSpec model;

  EXPECT_FALSE(apply_parameter("lrr", 0.1, training, model));
  EXPECT_FALSE(apply_parameter("epochs", 2.5, training, model));
  EXPECT_FALSE(apply_parameter("lr", std::string("hot"), training, model));
  EXPECT_FALSE(apply_parameter("norm", std::string("middle"), training, model));
  EXPECT_FALSE(apply_parameter("lowercase", whole(1), training, model));
  EXPECT_EQ(training, TrainingSettings{});
  EXPECT_EQ(model, ModelSpec{});
}

TEST(ParameterValue, ReadsAsAPersonWouldWriteIt) {
  EXPECT_EQ(text_of(2e-5), "2e-05");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(0.30000000000000004), "0.30000000000000004");
  EXPECT_EQ(text_of(whole(3)), "3");
  EXPECT_EQ(text_of(true), "true");
  EXPECT_EQ(json_of(std::string("a \"b\"\n")), R"("a \"b\"\n")");
}

}  // namespace
}  // namespace tarama
